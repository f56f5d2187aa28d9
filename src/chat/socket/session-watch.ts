import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { type AccessChange, AccessChanges } from '../../auth/access-changes.js';
import { TokenKeys } from '../../auth/token-keys.service.js';
import { discardWaiting, waitingFor } from './backpressure.js';
import { Metrics } from '../../health/metrics.js';
import type { ChatSession } from './chat-session.js';
import type { ChatSocket } from './chat-socket.js';
import { SessionRegister } from '../sessions/session-register.js';
import { Sessions } from './sessions.js';
import type { SessionEnd } from '../wire.js';

const TICK_MS = 1_000;
/** Rights that another node withdrew are noticed within this time, also when nobody tells. */
const SWEEP_MS = 3_000;
const SWEEP_BATCH = 1_000;
/** How long before its end a session is told. */
const NOTICE_MS = 25_000;
const MAX_WAITING_PACKETS = 256;
const MAX_WAITING_BYTES = 1024 * 1024;
/** Whoever ended a session wants it to stay away: a client that came back by itself would undo that. */
const REVOKED: SessionEnd = { code: 'access_revoked', reconnect: false };

/** Ends sessions whose time or right is over, and those of clients that do not read. */
@Injectable()
export class SessionWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(SessionWatch.name);
  private readonly timers: NodeJS.Timeout[] = [];
  /** Sockets that were behind at the last tick, with what waited for them then. */
  private behind = new WeakMap<ChatSocket, number>();

  constructor(
    private readonly sessions: Sessions,
    private readonly register: SessionRegister,
    private readonly changes: AccessChanges,
    private readonly tokenKeys: TokenKeys,
    private readonly metrics: Metrics,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.tokenKeys.refresh();
    this.changes.onChange((change) => void this.reevaluate(concernedBy(change)));
    this.timers.push(
      setInterval(() => this.tick(), TICK_MS).unref(),
      setInterval(() => void this.reevaluate(() => true), SWEEP_MS).unref(),
    );
  }

  onModuleDestroy(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  private tick(): void {
    const now = Date.now();
    const behind = new WeakMap<ChatSocket, number>();
    const { live } = this.sessions;
    this.metrics.socketConnections.set(live.size);
    for (const [socket, session] of live) {
      if (session.expiresAt <= now) this.sessions.end(socket, { code: 'session_expired', reconnect: true });
      else if (isBehind(socket)) {
        // A burst that is just being written is no slow reader, nor is a large answer on a narrow line.
        const { packets, bytes } = waitingFor(socket);
        if (packets + bytes >= (this.behind.get(socket) ?? Infinity)) this.drop(socket);
        else behind.set(socket, packets + bytes);
      } else if (session.expiresAt - NOTICE_MS <= now && !session.expiryAnnounced) {
        session.expiryAnnounced = true;
        socket.emit('session:expiring', { expiresAt: new Date(session.expiresAt).toISOString() });
      }
    }
    this.behind = behind;
  }

  /** What waits for a client that does not read is thrown away but for the reason; `lastSeq` brings it back. */
  private drop(socket: ChatSocket): void {
    discardWaiting(socket);
    this.sessions.end(socket, { code: 'slow_consumer', reconnect: true });
  }

  private async reevaluate(concerned: (session: ChatSession) => boolean): Promise<void> {
    const entries = [...this.sessions.live].filter(([, session]) => concerned(session));
    try {
      await this.tokenKeys.refresh();
      if (entries.length === 0) return;
      const toEnd = await this.register.toEnd();
      for (const [socket, session] of entries) {
        // Another session that the socket has opened since is nobody's who asked.
        if (toEnd.has(session.id) && socket.data.session === session) this.sessions.end(socket, REVOKED);
      }
      for (let at = 0; at < entries.length; at += SWEEP_BATCH) {
        await this.sessions.reevaluate(entries.slice(at, at + SWEEP_BATCH));
      }
    } catch {
      // The next sweep tries again; without a database nobody is sent anything new either.
      this.logger.warn('rights of live sessions could not be evaluated');
    }
  }
}

const concernedBy =
  ({ workspaceId, userId, credentialId, kid, sessionId }: AccessChange) =>
  ({ id, chat, principal, kids }: ChatSession): boolean =>
    (workspaceId === undefined || chat.workspaceId === workspaceId) &&
    (userId === undefined || principal.userId === userId) &&
    (credentialId === undefined || principal.credentialId === credentialId) &&
    (kid === undefined || kids.includes(kid)) &&
    (sessionId === undefined || id === sessionId);

function isBehind(socket: ChatSocket): boolean {
  const { packets, bytes } = waitingFor(socket);
  return packets > MAX_WAITING_PACKETS || bytes > MAX_WAITING_BYTES;
}
