import type { Position } from '../../pii/masked-text.js';

/** A message as every reader gets it, over REST and the socket alike. */
export interface MessageView {
  readonly id: string;
  /** The workspace, under the name that the `/v1/spaces` routes use. */
  readonly spaceId: string;
  readonly chatId: string;
  readonly seq: number;
  readonly senderId: string;
  readonly clientMessageId?: string;
  readonly replyTo?: string;
  /** Members that are called by this message. */
  readonly mentions?: readonly string[];
  readonly createdAt: string;
  /** Sequence of the latest change, once there was one. */
  readonly updatedSeq?: number;
  readonly editedAt?: string;
  /** A deleted message stays as a tombstone without text. */
  readonly deletedAt?: string;
  /** How many users set each reaction. */
  readonly reactions?: Readonly<Record<string, number>>;
  /** Since when the message is pinned to the chat. */
  readonly pinnedAt?: string;
  /** Files that were uploaded and looked at. */
  readonly attachments?: readonly AttachmentView[];
  /** Always masked. */
  readonly text: string;
  readonly positions: readonly Position[];
}

/** Whether personal data was found in a file; `none` where nobody looked. */
export type AttachmentScan = 'clean' | 'found' | 'none';

/** What everybody may know of a file. */
export interface AttachmentView {
  readonly id: string;
  /** Masked for good. */
  readonly name: string;
  readonly type: string;
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
  readonly scan: AttachmentScan;
  /** How many values of each type. */
  readonly findings?: Readonly<Record<string, number>>;
}

/** A masked text that an edit replaced. */
export interface EarlierText {
  readonly text: string;
  readonly positions: readonly Position[];
  readonly writtenAt: string;
  /** Sequence of the edit that replaced it. */
  readonly replacedSeq: number;
}

/** A row of the table, as the statements of the message store select it. */
export interface MessageRow {
  readonly id: string;
  readonly workspaceId: string;
  readonly chatId: string;
  readonly seq: number;
  readonly senderId: string;
  readonly clientMessageId: string | null;
  readonly replyTo: string | null;
  readonly mentions: readonly string[] | null;
  readonly createdAt: Date;
  readonly text: string;
  readonly positions: readonly Position[];
  readonly updatedSeq: number | null;
  readonly editedAt: Date | null;
  readonly deletedAt: Date | null;
  readonly reactions: Readonly<Record<string, number>> | null;
  readonly pinnedAt: Date | null;
  readonly attachments: readonly AttachmentView[] | null;
}

/** Columns of `messages` as a {@link MessageRow}. */
export const MESSAGE_COLUMNS = `m.id, m.workspace_id AS "workspaceId", m.chat_id AS "chatId", m.seq::float8 AS seq,
  m.sender_id AS "senderId", m.client_message_id AS "clientMessageId", m.reply_to AS "replyTo",
  m.created_at AS "createdAt", m.text, m.positions, m.updated_seq::float8 AS "updatedSeq", m.edited_at AS "editedAt",
  m.deleted_at AS "deletedAt", m.reactions, m.mentions, m.pinned_at AS "pinnedAt", m.attachments`;

/** A column of time as `toISOString` writes it. */
export const moment = (column: string): string =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
/** A member that is left out where it is null: so is whatever is joined to a null. */
const member = (name: string, value: string, quote = '"'): string =>
  `coalesce(',"${name}":${quote}' || ${value} || '${quote}', '')`;

/**
 * A row of `messages` as the JSON text of its {@link MessageView}, the same that `viewOf` makes of a {@link MessageRow}: what
 * the database writes nobody has to parse and write again. Text and positions come last: `rehydratedJson` finds them there.
 */
export const MESSAGE_JSON = [
  `'{"id":"' || m.id || '","spaceId":"' || m.workspace_id || '","chatId":"' || m.chat_id || '","seq":' || m.seq`,
  `',"senderId":"' || m.sender_id || '"'`,
  member('clientMessageId', 'm.client_message_id'),
  member('replyTo', 'm.reply_to'),
  member('mentions', 'to_json(m.mentions)', ''),
  member('createdAt', moment('m.created_at')),
  member('updatedSeq', 'm.updated_seq', ''),
  member('editedAt', moment('m.edited_at')),
  member('deletedAt', moment('m.deleted_at')),
  member('reactions', 'm.reactions', ''),
  member('pinnedAt', moment('m.pinned_at')),
  member('attachments', 'm.attachments', ''),
  `',"text":' || to_json(m.text) || ',"positions":' || m.positions || '}'`,
].join(' || ');

/** What of a message its sender has settled. */
export type SettledMessage = Pick<
  MessageRow,
  'id' | 'workspaceId' | 'chatId' | 'senderId' | 'clientMessageId' | 'replyTo' | 'mentions' | 'text' | 'positions'
>;

type Writable<View> = { -readonly [Member in keyof View]: View[Member] };

/** The view of a row of the table. */
export const viewOf = (row: MessageRow): MessageView => written(row, row.seq, row.createdAt.toISOString(), row);

/** The view of a message that was just written. */
export const freshViewOf = (message: SettledMessage, seq: number, createdAt: string): MessageView =>
  written(message, seq, createdAt);

function written(message: SettledMessage, seq: number, createdAt: string, changes?: MessageRow): MessageView {
  // Member by member, in the order of MESSAGE_JSON: this runs for every message, and spreading costs several times as much.
  const view: Partial<Writable<MessageView>> = {
    id: message.id,
    spaceId: message.workspaceId,
    chatId: message.chatId,
    seq,
    senderId: message.senderId,
  };
  if (message.clientMessageId !== null) view.clientMessageId = message.clientMessageId;
  if (message.replyTo !== null) view.replyTo = message.replyTo;
  if (message.mentions !== null) view.mentions = message.mentions;
  view.createdAt = createdAt;
  if (changes) addChanges(view, changes);
  view.text = message.text;
  view.positions = message.positions;
  return view as MessageView;
}

function addChanges(view: Partial<Writable<MessageView>>, row: MessageRow): void {
  if (row.updatedSeq !== null) view.updatedSeq = row.updatedSeq;
  if (row.editedAt !== null) view.editedAt = row.editedAt.toISOString();
  if (row.deletedAt !== null) view.deletedAt = row.deletedAt.toISOString();
  if (row.reactions !== null) view.reactions = row.reactions;
  if (row.pinnedAt !== null) view.pinnedAt = row.pinnedAt.toISOString();
  if (row.attachments !== null) view.attachments = row.attachments;
}
