import type { ErrorCode } from '../errors/code-table.js';
import type { Page } from '../edge/page.js';
import type { SenderAnswer } from '../pii/sender-answer.js';
import type { PinChange, ReactionChange } from './feed/chat-event.js';
import type { EarlierText, MessageView } from './messages/message-view.js';

/*
 * The wire contract of the socket: every event, its payload and its answer. docs/asyncapi.json describes the same.
 */

/** The namespace that chats are served on. Nobody is served on `/`. */
export const NAMESPACE = '/connect';

/** `auth` of the handshake. */
export interface Handshake {
  readonly chatId: string;
  readonly connectionString: string;
  /** The last sequence that the client has: everything after it is delivered before `session`. */
  readonly lastSeq?: number;
  /** Ask for originals beside masked text; needs piiAccess. */
  readonly rehydrate?: boolean;
}

export interface SessionInfo {
  readonly sessionId: string;
  readonly chat: { readonly id: string; readonly workspaceId: string; readonly title: string };
  readonly user: { readonly id: string; readonly displayName: string };
  /** Sequence from which on events arrive live. */
  readonly seq: number;
  /** Whether everything after `lastSeq` was delivered. */
  readonly recovered: boolean;
  readonly expiresAt: string;
}

/** A message on the socket; `message` only in sessions that rehydrate. */
export type MessageEvent = MessageView & { readonly message?: string };

export interface SessionEnd {
  readonly code: ErrorCode;
  /** Whether it makes sense to connect again with a new connection string. */
  readonly reconnect: boolean;
}

export type AckFailure = {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
} & Readonly<Record<string, unknown>>;

/** Every client event is answered by one of these. */
export type Ack<Data> = { readonly ok: true; readonly data: Data } | { readonly ok: false; readonly error: AckFailure };

export interface ChatConnectPayload {
  readonly chatId: string;
  readonly connectionString: string;
  readonly lastSeq?: number;
  readonly rehydrate?: boolean;
}

export interface MessageSendPayload {
  readonly message: string;
  readonly messageString: string;
  readonly counter: number;
  readonly clientMessageId: string;
  readonly replyTo?: string;
  /** Ids of members; signed as a twelfth piece where they are there. */
  readonly mentions?: readonly string[];
  readonly piiMapping?: string;
  readonly autoPiiMapping?: string;
  readonly piiPositions?: string;
}

export interface HistoryGetPayload {
  readonly before?: number;
  readonly after?: number;
  readonly limit?: number;
  readonly cursor?: string;
  readonly chatHistoryPiiMapping?: string;
}

export interface MessageEditPayload {
  readonly messageId: string;
  readonly message: string;
  readonly messageString: string;
  readonly counter: number;
  /** Makes the edit idempotent. */
  readonly clientMessageId?: string;
  /** Those of the message stay where this is left out. */
  readonly mentions?: readonly string[];
  readonly piiMapping?: string;
  readonly autoPiiMapping?: string;
  readonly piiPositions?: string;
}

export interface MessageDeletePayload {
  readonly messageId: string;
  readonly messageString: string;
  readonly counter: number;
  readonly clientMessageId?: string;
}

export interface ReactionSetPayload {
  readonly messageId: string;
  /** One emoji, or a short code such as `:tada:`. */
  readonly reaction: string;
  readonly on: boolean;
}

export interface PinSetPayload {
  readonly messageId: string;
  readonly pinned: boolean;
}

/** Of a file: `sha256`, in hexadecimal, takes the place of `message` in the message string. */
export interface AttachmentAddPayload {
  readonly messageId: string;
  readonly name: string;
  readonly size: number;
  readonly type: string;
  readonly sha256: string;
  readonly messageString: string;
  readonly counter: number;
}

/** How to upload a file: one PUT with exactly these headers, to the object store. */
export interface AddedAttachment {
  readonly id: string;
  /** Masked. */
  readonly name: string;
  readonly upload: {
    readonly url: string;
    readonly requestHeaders: Readonly<Record<string, string>>;
    readonly expiresAt: string;
  };
}

export interface AttachmentFinishPayload {
  readonly messageId: string;
  readonly attachmentId: string;
}

export interface AttachmentGetPayload {
  readonly messageId: string;
  readonly attachmentId: string;
  readonly accessReason?: string;
}

export interface AttachmentDownload {
  readonly url: string;
  readonly expiresAt: string;
}

export interface TypingNotice {
  readonly chatId: string;
  readonly userId: string;
  readonly typing: boolean;
}

export interface ReadMark {
  readonly chatId: string;
  readonly userId: string;
  /** Everything up to here has been read. */
  readonly seq: number;
}

/** How far a user has read, and what is left. */
export interface ReadState {
  readonly seq: number;
  /** Messages of others behind it; counted up to 10,000. */
  readonly unread: number;
  /** Those among them that mention the user. */
  readonly unreadMentions: number;
}

/** Whether a member is in the chat and, if not, since when. */
export interface MemberPresence {
  readonly userId: string;
  readonly online: boolean;
  readonly lastSeenAt?: string;
}

export interface PresenceGetPayload {
  readonly limit?: number;
  readonly cursor?: string;
}

/** Members who came or went, all of a moment together. */
export interface PresenceNotice {
  readonly chatId: string;
  readonly users: readonly MemberPresence[];
}

type Reply<Data> = (ack: Ack<Data>) => void;

export interface ClientToServer {
  'chat:connect': (payload: ChatConnectPayload, reply: Reply<SessionInfo>) => void;
  'chat:disconnect': (payload: Readonly<Record<string, never>>, reply: Reply<Readonly<Record<string, never>>>) => void;
  'message:send': (payload: MessageSendPayload, reply: Reply<SenderAnswer<MessageView>>) => void;
  'message:edit': (payload: MessageEditPayload, reply: Reply<SenderAnswer<MessageView>>) => void;
  'message:delete': (payload: MessageDeletePayload, reply: Reply<MessageView>) => void;
  'reaction:set': (payload: ReactionSetPayload, reply: Reply<MessageView>) => void;
  'pin:set': (payload: PinSetPayload, reply: Reply<MessageView>) => void;
  'typing:set': (payload: { readonly typing: boolean }, reply: Reply<Readonly<Record<string, never>>>) => void;
  'read:set': (payload: { readonly seq: number }, reply: Reply<ReadMark>) => void;
  'session:renew': (payload: { readonly connectionString: string }, reply: Reply<SessionInfo>) => void;
  'history:get': (payload: HistoryGetPayload, reply: Reply<Page<MessageEvent>>) => void;
  'attachment:add': (payload: AttachmentAddPayload, reply: Reply<AddedAttachment>) => void;
  'attachment:finish': (payload: AttachmentFinishPayload, reply: Reply<MessageView>) => void;
  'attachment:get': (payload: AttachmentGetPayload, reply: Reply<AttachmentDownload>) => void;
  'edits:get': (payload: { readonly messageId: string }, reply: Reply<readonly EarlierText[]>) => void;
  'pins:get': (payload: Readonly<Record<string, never>>, reply: Reply<readonly MessageView[]>) => void;
  'read:get': (payload: Readonly<Record<string, never>>, reply: Reply<ReadState>) => void;
  'presence:get': (payload: PresenceGetPayload, reply: Reply<Page<MemberPresence>>) => void;
}

/** Originals that are gone for good: whoever shows them has to hide them. */
export interface ErasedNotice {
  readonly chatId: string;
  readonly placeholders: readonly string[];
}

export interface ServerToClient {
  session: (session: SessionInfo) => void;
  'message:created': (message: MessageEvent) => void;
  'pii:erased': (erased: ErasedNotice) => void;
  /** `updatedSeq` is the sequence of this event. */
  'message:updated': (message: MessageEvent) => void;
  /** The tombstone; `updatedSeq` is the sequence of this event. */
  'message:deleted': (message: MessageView) => void;
  'reaction:updated': (change: ReactionChange) => void;
  'pin:updated': (change: PinChange) => void;
  typing: (notice: TypingNotice) => void;
  'read:updated': (mark: ReadMark) => void;
  'presence:updated': (notice: PresenceNotice) => void;
  'session:expiring': (notice: { readonly expiresAt: string }) => void;
  'session:ended': (end: SessionEnd) => void;
}

/** The durable events, and the member in which each carries its place in the sequence of the chat. */
export const SEQUENCE_OF = {
  'message:created': 'seq',
  'message:updated': 'updatedSeq',
  'message:deleted': 'updatedSeq',
  'reaction:updated': 'seq',
  'pin:updated': 'seq',
} as const satisfies Partial<Record<keyof ServerToClient, string>>;

/** Names of the client events, for the place that answers unknown ones. */
export const CLIENT_EVENTS: ReadonlySet<string> = new Set<keyof ClientToServer>([
  'chat:connect',
  'chat:disconnect',
  'message:send',
  'message:edit',
  'message:delete',
  'reaction:set',
  'pin:set',
  'typing:set',
  'read:set',
  'session:renew',
  'history:get',
  'attachment:add',
  'attachment:finish',
  'attachment:get',
  'edits:get',
  'pins:get',
  'read:get',
  'presence:get',
]);
