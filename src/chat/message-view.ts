import type { Position } from '../pii/masked-text.js';

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
  readonly createdAt: string;
  /** Always masked. */
  readonly text: string;
  readonly positions: readonly Position[];
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
  readonly createdAt: Date;
  readonly text: string;
  readonly positions: readonly Position[];
}

export function viewOf(row: MessageRow): MessageView {
  return {
    id: row.id,
    spaceId: row.workspaceId,
    chatId: row.chatId,
    seq: row.seq,
    senderId: row.senderId,
    ...(row.clientMessageId !== null && { clientMessageId: row.clientMessageId }),
    ...(row.replyTo !== null && { replyTo: row.replyTo }),
    createdAt: row.createdAt.toISOString(),
    text: row.text,
    positions: row.positions,
  };
}
