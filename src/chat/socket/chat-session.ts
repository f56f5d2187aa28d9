import type { Principal } from '../../auth/principal.js';
import { ownBytes } from '../../database/own-bytes.js';
import { CodedError } from '../../errors/coded-error.js';
import type { WorkspaceAccess } from '../../workspace/workspace-access.js';
import type { ChatAccess } from '../chat-access.js';
import type { Following } from '../feed/chat-feed.js';
import type { ChatRecord } from '../chat.store.js';
import { Lane } from '../messages/lane.js';
import type { SessionInfo } from '../wire.js';
import { newSessionId } from './session-id.js';

/** One socket in one chat, from a connection string to its end. */
export class ChatSession implements ChatAccess {
  readonly id = newSessionId();
  /** Wall clock, milliseconds, as `expiresAt`. */
  readonly openedAt = Date.now();
  /** Keeps the messages of the session in order. */
  readonly lane = new Lane();
  /** Reads pages of history one by one, however many are asked for at once. */
  readonly historyLane = new Lane();
  /** The last counter that came with a good message string. */
  counter = 0;
  badMessages = 0;
  expiryAnnounced = false;
  /** Rights as last evaluated. */
  access: WorkspaceAccess;
  /** Wall clock, milliseconds. */
  expiresAt: number;
  /** Message keys byte by byte in text: most sessions only listen, and a Buffer takes five times the memory. */
  private keyTexts: readonly string[];
  private keys: readonly Buffer[] | undefined;
  /** Names of the keys that signed those two. */
  kids: readonly string[];

  constructor(
    public principal: Principal,
    readonly displayName: string,
    readonly chat: ChatRecord,
    access: WorkspaceAccess,
    messageKey: Buffer,
    kid: string,
    /** Of the connection string that opened it, in whole seconds since 1970; a renewal does not make it younger. */
    readonly issuedAt: number,
    expiresAt: number,
    /** Whether broadcasts carry originals. */
    readonly rehydrate: boolean,
    /** Its hold on the feed of the chat; whoever drops the session closes it. */
    readonly following: Following,
  ) {
    this.access = access;
    this.expiresAt = expiresAt;
    this.keyTexts = [messageKey.toString('latin1')];
    this.kids = [kid];
  }

  /** Goes on with the rights and the time of another session of the same user and chat. */
  renew(other: ChatSession): void {
    this.principal = other.principal;
    this.access = other.access;
    this.expiresAt = other.expiresAt;
    this.expiryAnnounced = false;
    this.keyTexts = [...this.keyTexts.slice(0, 1), ...other.keyTexts];
    this.keys = undefined;
    this.kids = [...this.kids.slice(0, 1), ...other.kids];
  }

  /** The key of the connection string that opened the session, and that of its latest renewal. */
  get messageKeys(): readonly Buffer[] {
    return (this.keys ??= this.keyTexts.map((text) => ownBytes(Buffer.from(text, 'latin1'))));
  }

  /** Room that receives the broadcasts of this session. */
  get room(): string {
    return roomOf(this.chat.chatId, this.rehydrate);
  }

  /** How logs name it. */
  get place(): { readonly sessionId: string; readonly workspaceId: string; readonly chatId: string } {
    return { sessionId: this.id, workspaceId: this.chat.workspaceId, chatId: this.chat.chatId };
  }

  info(recovered: boolean): SessionInfo {
    return {
      sessionId: this.id,
      chat: { id: this.chat.chatId, workspaceId: this.chat.workspaceId, title: this.chat.title },
      user: { id: this.principal.userId, displayName: this.displayName },
      seq: this.following.seq,
      recovered,
      expiresAt: new Date(this.expiresAt).toISOString(),
    };
  }
}

/** Masked and rehydrated readers of a chat sit in rooms of their own. */
export const roomOf = (chatId: string, rehydrate: boolean): string => (rehydrate ? `pii:${chatId}` : `chat:${chatId}`);

/** The session of a socket: the guard has let the event pass, but a session can end while the event waits. */
export function requireSession(socket: { readonly data: { readonly session?: ChatSession | undefined } }): ChatSession {
  const { session } = socket.data;
  if (!session) throw new CodedError('session_required');
  return session;
}
