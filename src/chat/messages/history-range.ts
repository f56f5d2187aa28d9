import { decodeBase64Url } from '../../auth/base64url.js';
import { DEFAULT_LIMIT, MAX_LIMIT, WrittenPage } from '../../edge/page.js';
import { CodedError } from '../../errors/coded-error.js';
import type { MessageView } from './message-view.js';

/** Which part of a history: the last messages before a sequence, or the first ones after it. */
export interface HistoryRange {
  readonly direction: 'before' | 'after';
  readonly seq: number;
  readonly limit: number;
}

/** What a client asks for, over REST (as text) or on the socket (as numbers). */
export interface HistoryRequest {
  readonly before?: unknown;
  readonly after?: unknown;
  readonly limit?: unknown;
  /** nextCursor of the page before; instead of `before` and `after`. */
  readonly cursor?: unknown;
}

const CURSOR = /^([ba])([0-9]{1,16})$/;

/**
 * Without any bound: the latest messages.
 * @throws CodedError `validation_failed`, `invalid_cursor`
 */
export function readHistoryRange({ before, after, limit, cursor }: HistoryRequest): HistoryRange {
  const rows = limit === undefined ? DEFAULT_LIMIT : wholeNumber(limit, 'limit');
  if (rows < 1 || rows > MAX_LIMIT) throw new CodedError('validation_failed', { fields: ['limit'] });
  const bounds = [before, after, cursor].filter((bound) => bound !== undefined);
  if (bounds.length > 1) throw new CodedError('validation_failed', { fields: ['before', 'after', 'cursor'] });
  if (cursor !== undefined) return { ...readCursor(cursor), limit: rows };
  if (after !== undefined) return { direction: 'after', seq: wholeNumber(after, 'after'), limit: rows };
  const seq = before === undefined ? Number.MAX_SAFE_INTEGER : wholeNumber(before, 'before');
  return { direction: 'before', seq, limit: rows };
}

/** What the store found in a range. */
export interface FoundPage {
  /** JSON of the messages in rising order, with `BETWEEN_ITEMS` between them. */
  readonly items: string;
  /** Sequence of the message that is furthest in the direction of the range; null without any. */
  readonly edge: number | null;
  readonly hasMore: boolean;
}

export function toHistoryPage({ items, edge, hasMore }: FoundPage, range: HistoryRange): WrittenPage<MessageView> {
  const direction = range.direction === 'before' ? 'b' : 'a';
  return new WrittenPage(items, hasMore && edge !== null ? writeCursor(direction, edge) : null);
}

function wholeNumber(value: unknown, field: string): number {
  const number = typeof value === 'string' && /^[0-9]{1,16}$/.test(value) ? Number(value) : value;
  if (!Number.isSafeInteger(number) || (number as number) < 0) {
    throw new CodedError('validation_failed', { fields: [field] });
  }
  return number as number;
}

const writeCursor = (direction: 'a' | 'b', seq: number): string =>
  Buffer.from(`${direction}${seq}`).toString('base64url');

function readCursor(cursor: unknown): Pick<HistoryRange, 'direction' | 'seq'> {
  const match = typeof cursor === 'string' ? CURSOR.exec(decodeBase64Url(cursor)?.toString('latin1') ?? '') : null;
  if (!match) throw new CodedError('invalid_cursor');
  return { direction: match[1] === 'a' ? 'after' : 'before', seq: Number(match[2]) };
}
