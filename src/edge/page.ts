import { CodedError } from '../errors/coded-error.js';
import { isUuid } from './uuid.js';

/** One page of a list. */
export interface Page<Item> {
  readonly items: Item[];
  /** Opaque; null on the last page. */
  readonly nextCursor: string | null;
}

/** Stands between the items of a written page, and nowhere else in it: JSON writes no tab inside a text. */
export const BETWEEN_ITEMS = ',\t';

/** A page that was written as JSON where its items are; they are read only where something has to be added to them. */
export class WrittenPage<Item> {
  constructor(
    /** JSON of the items, each an object with members, with `BETWEEN_ITEMS` between them. */
    private readonly items: string,
    private readonly nextCursor: string | null,
  ) {}

  /** The JSON of the page. */
  text(): string {
    return `{"items":[${this.items}],"nextCursor":${JSON.stringify(this.nextCursor)}}`;
  }

  read(): Page<Item> {
    return JSON.parse(this.text()) as Page<Item>;
  }

  /**
   * The page with one more member in each item: what is there already is not written again.
   * @param valueOf JSON of the member, of that of the item
   */
  with<Member extends string, Value>(
    member: Member,
    valueOf: (item: string) => string,
  ): WrittenPage<Item & Readonly<Record<Member, Value>>> {
    const items = this.items === '' ? [] : this.items.split(BETWEEN_ITEMS);
    const added = items.map((item) => `${item.slice(0, -1)},"${member}":${valueOf(item)}}`);
    return new WrittenPage(added.join(BETWEEN_ITEMS), this.nextCursor);
  }
}

export const DEFAULT_LIMIT = 50;
export const MAX_LIMIT = 200;

/** Lists whose pages end at an id. Their cursors carry the name, so that none is taken for that of another list. */
export type ListName =
  | 'api-keys'
  | 'ban'
  | 'chat-search'
  | 'chats'
  | 'erasures'
  | 'invitations'
  | 'members'
  | 'moderation-log'
  | 'mute'
  | 'presence'
  | 'sessions'
  | 'value-search'
  | 'workspace-search'
  | 'workspaces';

/** Cuts a list that was read one row longer than the limit into a page whose cursor is the id of its last row. */
export function toPage<Row extends { readonly id: string }, Item>(
  list: ListName,
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return { items: shown.map(toItem), nextCursor: last ? writeCursor(list, last.id) : null };
}

/**
 * @param isId whether a text can be the id of a row of the list
 * @throws CodedError `invalid_cursor` for one that is not, to the letter, of this list
 */
export function idOfCursor(
  list: ListName,
  cursor: string | undefined,
  isId: (text: string) => boolean = isUuid,
): string | undefined {
  if (cursor === undefined) return undefined;
  const id = Buffer.from(cursor, 'base64url')
    .toString()
    .slice(list.length + 1);
  if (!isId(id) || cursor !== writeCursor(list, id)) throw new CodedError('invalid_cursor');
  return id;
}

const writeCursor = (list: ListName, id: string): string => Buffer.from(`${list}:${id}`).toString('base64url');
