import { Injectable, Logger } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import { KeyRing } from '../../auth/key-ring.js';
import { CodedError } from '../../errors/coded-error.js';
import { SecurityLog } from '../../logging/security-log.js';
import { HistoryRehydrator } from '../../pii/history-rehydrator.js';
import { maySeeOriginals, WorkspaceAccesses } from '../../workspace/workspace-access.js';
import { drained, heardOut } from './backpressure.js';
import { type ChatEvent, onWire } from '../feed/chat-event.js';
import { ChatEventStore } from '../feed/chat-event.store.js';
import type { ChatSession } from './chat-session.js';
import type { ChatNamespace, ChatSocket } from './chat-socket.js';
import { ChatStore } from '../chat.store.js';
import { emitTogether } from './emit-together.js';
import type { SessionEnd, SessionInfo } from '../wire.js';

/** More missed messages than this are for `history:get`, not for a replay. */
const MAX_MISSED = 1_000;
const PAGE = 200;
/** How long a client may take to show that it heard of the shutdown, and to take its last answers. */
const GOODBYE_MS = 1_000;

/** Over how long a shutdown is told, for each client, and at the most. */
const SPREAD_MS = 1;
const MAX_SPREAD_MS = 2_000;
/** How long a client may take to read why it was shown the door. */
const LAST_WORD_MS = 5_000;

export type LiveSession = readonly [ChatSocket, ChatSession];

/** The live sessions of this node: joining a chat, leaving it, and being shown the door. */
@Injectable()
export class Sessions {
  private readonly logger = new Logger(Sessions.name);
  private namespace: ChatNamespace | undefined;
  private readonly joined = new Map<ChatSocket, ChatSession>();
  private changes = 0;

  constructor(
    private readonly events: ChatEventStore,
    private readonly chats: ChatStore,
    private readonly workspaces: WorkspaceAccesses,
    private readonly rehydrator: HistoryRehydrator,
    private readonly ring: KeyRing,
    private readonly security: SecurityLog,
  ) {}

  serve(namespace: ChatNamespace): void {
    this.namespace = namespace;
  }

  /** The sessions of all sockets of this node that have one. */
  get live(): ReadonlyMap<ChatSocket, ChatSession> {
    return this.joined;
  }

  /** Another number after every session that began, ended, was renewed or got another standing. */
  get revision(): number {
    return this.changes;
  }

  /**
   * Lets a socket into the chat of its session, out of the one that it may be in: first everything after `lastSeq`, in
   * order, then `session`, then live events, each message once.
   * @throws CodedError `session_required` when the client has gone or moved on meanwhile; the session is closed then
   */
  async join(socket: ChatSocket, session: ChatSession, lastSeq?: number): Promise<SessionInfo> {
    if (socket.data.session !== session) this.leave(socket);
    Object.assign(socket.data, { session, sessionId: session.id });
    this.joined.set(socket, session);
    this.changes += 1;
    let recovered = false;
    try {
      requireIn(socket, session);
      recovered = lastSeq !== undefined && (await this.replay(socket, session, lastSeq));
    } catch (error) {
      if (socket.data.session === session) this.leave(socket);
      throw error;
    }
    // Nothing may be awaited from the end of the replay to the join: what is delivered in between would be lost.
    void socket.join(session.room);
    const info = session.info(recovered);
    socket.emit('session', info);
    return info;
  }

  /** Extends the session of a socket by another one, that a new connection string opened. @throws CodedError */
  renew(socket: ChatSocket, renewed: ChatSession): SessionInfo {
    renewed.following.close();
    const { session } = socket.data;
    if (!session) throw new CodedError('session_required');
    if (session.principal.userId !== renewed.principal.userId || session.chat.chatId !== renewed.chat.chatId) {
      throw new CodedError('connection_string_invalid');
    }
    session.renew(renewed);
    this.changes += 1;
    const info = session.info(false);
    socket.emit('session', info);
    return info;
  }

  /** Takes the socket out of its chat; it may join another. */
  leave(socket: ChatSocket): void {
    const { session } = socket.data;
    if (!session) return;
    socket.data.session = undefined;
    if (this.joined.delete(socket)) this.changes += 1;
    void socket.leave(session.room);
    session.following.close();
  }

  /** Tells the client why, and closes the connection: when it has read that, or at the latest after a while. */
  end(socket: ChatSocket, end: SessionEnd): void {
    if (!socket.connected) return;
    const { session } = socket.data;
    if (session) this.security.ended(end.code, session.principal, session.place);
    socket.emit('session:ended', end);
    this.leave(socket);
    socket.disconnect(true);
    const { conn } = socket;
    const deadline = setTimeout(() => conn.close(true), LAST_WORD_MS).unref();
    conn.once('close', () => clearTimeout(deadline));
  }

  /**
   * Tells every client to come back elsewhere, and hears out what they sent before they could know. They are told one after
   * the other in an order of chance, so that they do not all come back at one instant.
   */
  async sayGoodbye(): Promise<void> {
    const leaving = [...this.live.keys()];
    const spread = Math.min(MAX_SPREAD_MS, leaving.length * SPREAD_MS);
    const told = leaving.map(async (socket) => {
      await delay(Math.random() * spread);
      socket.emit('session:ended', { code: 'server_shutdown', reconnect: true });
      await heardOut(socket);
    });
    await withinReason(told, spread);
  }

  /** Waits until the clients have taken what was sent to them: the server's own closing would throw it away. */
  async letGo(): Promise<void> {
    await withinReason([...(this.namespace?.sockets.values() ?? [])].map(drained));
  }

  /** Evaluates the rights of sessions anew, in one round trip for all, and ends those that have none. */
  async reevaluate(entries: readonly LiveSession[]): Promise<void> {
    if (entries.length === 0) return;
    const [accesses, existing] = await Promise.all([
      this.workspaces.findMany(
        entries.map(([, session]) => ({
          workspaceId: session.chat.workspaceId,
          userId: session.principal.userId,
          credentialId: session.principal.credentialId,
          issuedAt: session.issuedAt,
        })),
      ),
      this.chats.existing([...new Set(entries.map(([, session]) => session.chat.chatId))]),
    ]);
    for (const [index, [socket, session]] of entries.entries()) {
      if (socket.data.session !== session) continue;
      const access = accesses[index];
      if (!access || !existing.has(session.chat.chatId)) {
        this.end(socket, { code: 'access_revoked', reconnect: false });
      } else if (!session.kids.every((kid) => this.ring.find(kid))) {
        this.end(socket, { code: 'access_revoked', reconnect: true });
      } else if (session.rehydrate && !maySeeOriginals(session.principal, access)) {
        this.end(socket, { code: 'access_revoked', reconnect: true });
      } else {
        if (session.access.standing !== access.standing) this.changes += 1;
        session.access = access;
      }
    }
  }

  /**
   * Sends everything after `lastSeq` that was delivered to others, whole or not at all.
   * @returns false, with nothing sent, when more was missed than a replay is for, or some of it is no longer there
   */
  private async replay(socket: ChatSocket, session: ChatSession, lastSeq: number): Promise<boolean> {
    const { following, chat } = session;
    const { workspaceId, chatId } = chat;
    // Another node may have told the client of what this one has not heard of yet.
    if (following.seq < lastSeq) await following.reach(lastSeq);
    const missed = following.seq - lastSeq;
    if (missed < 0 || missed > MAX_MISSED) return false;
    if (missed > 0 && (await this.events.count(workspaceId, chatId, lastSeq, lastSeq + missed)) !== missed)
      return false;
    for (let from = lastSeq; from < following.seq;) {
      const page = await this.events.between(workspaceId, chatId, from, following.seq, PAGE);
      const last = page.at(-1);
      if (!last) throw new CodedError('internal');
      const shown = await this.asShownTo(session, page);
      requireIn(socket, session);
      emitTogether(
        [socket],
        shown.map(({ event, original }) => onWire(event, original)),
      );
      from = last.seq;
      await drained(socket);
      requireIn(socket, session);
    }
    return true;
  }

  /** Masked where originals cannot be read, as live events are: whoever was sent away would miss masked text as well. */
  private async asShownTo(session: ChatSession, events: ChatEvent[]): Promise<ShownEvent[]> {
    if (!session.rehydrate) return events.map((event) => ({ event }));
    const reader = { principal: session.principal, requestId: session.id };
    const messages = events.flatMap((event) => ('message' in event ? [event.message] : []));
    try {
      const shown = await this.rehydrator.rehydrateEach(messages, session.chat.workspaceId, reader);
      const originals = shown.values();
      return events.map((event) =>
        'message' in event ? { event, original: originals.next().value?.message } : { event },
      );
    } catch (error) {
      this.logger.error('originals of a session that resumes could not be read', { error, requestId: session.id });
      return events.map((event) => ({ event }));
    }
  }
}

const withinReason = (work: readonly Promise<void>[], moreMs = 0): Promise<unknown> =>
  Promise.race([Promise.all(work), delay(moreMs + GOODBYE_MS, undefined, { ref: false })]);

/** An event with the rehydrated text, for a session that is entitled to it. */
interface ShownEvent {
  readonly event: ChatEvent;
  readonly original?: string | undefined;
}

/** While something was waited for, the client may have gone, or opened another session. */
function requireIn(socket: ChatSocket, session: ChatSession): void {
  if (!socket.connected || socket.data.session !== session) throw new CodedError('session_required');
}
