import { isUuid } from '../../edge/uuid.js';
import { CodedError } from '../../errors/coded-error.js';
import { containsPii } from '../../pii/analyzer.js';

/** What a message needs beside its text, the same over REST and the socket. */
export interface SendForm {
  readonly message: string;
  readonly clientMessageId?: string;
  readonly replyTo?: string;
  readonly mentions?: readonly string[];
  readonly pii?: unknown;
}

const CLIENT_MESSAGE_ID = /^[A-Za-z0-9_-]{1,64}$/;
const MEMBERS = new Set(['message', 'clientMessageId', 'replyTo', 'mentions', 'pii']);
const EDIT_MEMBERS = new Set(['message', 'clientMessageId', 'mentions', 'pii']);
const SPACE_MEMBERS = new Set([...MEMBERS, 'chatId']);

/*
 * Written out instead of a class with decorators: this runs for every message, where Nest's ValidationPipe costs more than
 * everything else together. The DTO of the API document is checked against it by a test.
 */

/** Body of `POST /v1/chat/{chatId}/messages`. @throws CodedError `validation_failed`, `invalid_text`, `pii_in_identifier` */
export const readSendBody = (body: unknown): SendForm => read(body, MEMBERS);

/** Body of `PATCH /v1/chat/{chatId}/messages/{messageId}`. */
export const readEditBody = (body: unknown): SendForm => read(body, EDIT_MEMBERS);

/** Body of `POST /v1/spaces/{spaceId}/chat`; its `chatId` was looked at by the guard. */
export const readSpaceSendBody = (body: unknown): SendForm => read(body, SPACE_MEMBERS);

function read(body: unknown, members: ReadonlySet<string>): SendForm {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalid('body');
  for (const member of Object.keys(body)) {
    if (!members.has(member)) throw new CodedError('validation_failed', { reason: 'unknown_field' });
  }
  const { message, clientMessageId, replyTo, mentions, pii } = body as Record<string, unknown>;
  return {
    message: requireText(message, 'message'),
    ...(clientMessageId !== undefined && { clientMessageId: requireClientMessageId(clientMessageId) }),
    ...(replyTo !== undefined && { replyTo: requireId(replyTo, 'replyTo') }),
    ...(mentions !== undefined && { mentions: requireMentions(mentions) }),
    ...(pii !== undefined && { pii }),
  };
}

/** A text that can be stored: PostgreSQL takes no NUL, and UTF-8 no lone surrogate. */
export function requireText(value: unknown, field: string): string {
  if (typeof value !== 'string' || value === '') throw invalid(field);
  if (value.includes('\0') || !value.isWellFormed()) throw new CodedError('invalid_text', { fields: [field] });
  return value;
}

export function requireClientMessageId(value: unknown): string {
  if (typeof value !== 'string' || !CLIENT_MESSAGE_ID.test(value)) throw invalid('clientMessageId');
  if (containsPii(value)) throw new CodedError('pii_in_identifier', { fields: ['clientMessageId'] });
  return value;
}

// An emoji with its modifiers, or a short code in colons. Tags stand only in the flags that there are, such as that of Wales.
const EMOJI = String.raw`\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|\u200d|\ufe0f`;
const REACTION = new RegExp(
  `^(?:(?:${EMOJI}){1,16}|\\p{RGI_Emoji_Tag_Sequence}|[#*0-9]\ufe0f?\u20e3|:(?:[+\\-]1|[a-z][a-z_\\-]{0,27}[0-9]{0,3}):)$`,
  'v',
);

// What modifies or joins emoji is none by itself.
const SHOWN = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}{2}|\u20e3/u;
const graphemes = new Intl.Segmenter();

/** @param on what is set is one emoji; several, which were taken once, can still be taken back */
export function requireReaction(value: unknown, on: boolean): string {
  if (typeof value !== 'string' || !REACTION.test(value) || (on && !isOne(value))) throw invalid('reaction');
  if (containsPii(value.replaceAll(':', ''))) throw new CodedError('pii_in_identifier', { fields: ['reaction'] });
  return value;
}

function isOne(reaction: string): boolean {
  if (reaction.startsWith(':')) return true;
  return SHOWN.test(reaction) && [...graphemes.segment(reaction)].length === 1;
}

/** Members that one message may mention. */
const MAX_MENTIONS = 50;

/** Ids of users, each once. Whether they are members is asked of the database. */
export function requireMentions(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length > MAX_MENTIONS || !value.every(isUuid)) throw invalid('mentions');
  return [...new Set(value)];
}

export function requireId(value: unknown, field: string): string {
  if (!isUuid(value)) throw invalid(field);
  return value;
}

const invalid = (field: string): CodedError => new CodedError('validation_failed', { fields: [field] });
