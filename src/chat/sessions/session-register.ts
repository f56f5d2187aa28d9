import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { isGuest, type Principal } from '../../auth/principal.js';
import { NodeId } from '../node-id.js';
import type { ChatSession } from '../socket/chat-session.js';
import { Sessions } from '../socket/sessions.js';
import { type SessionName, type SessionRow, SessionStore } from './session.store.js';

/** Sessions that begin and end within this time are written together. */
const TICK_MS = 1_000;
/** Sessions in one statement. */
const BATCH = 1_000;

/**
 * Writes down which sessions of users are open on this node. It follows from the live ones, looked through once a second if
 * one of them has changed: opening and closing write nothing by themselves, and a session that was both in between is never
 * written.
 */
@Injectable()
export class SessionRegister implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(SessionRegister.name);
  /** What the table knows, and for which principal: a renewal comes with another one. */
  private readonly written = new Map<ChatSession, Principal>();
  /** Of the sessions that the table knows. */
  private revision: number | undefined;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly store: SessionStore,
    private readonly sessions: Sessions,
    private readonly node: NodeId,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule();
  }

  /** Takes out all sessions of this node, so that nobody waits for its lease. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    try {
      await this.flush();
    } catch {
      this.logger.warn('the sessions of this node stay in the list until its lease is over');
    }
  }

  /** Ids of the sessions of this node that somebody asked to be ended, those among them that were not written yet. */
  async toEnd(): Promise<ReadonlySet<string>> {
    await this.flush();
    return new Set(await this.store.toEnd(this.node.value));
  }

  private schedule(): void {
    this.timer = setTimeout(() => {
      this.flush()
        // What was not written is still unknown and comes again in the next tick.
        .catch(() => this.logger.debug('the list of sessions waits for the database'))
        .finally(() => !this.stopped && this.schedule());
    }, TICK_MS).unref();
  }

  /** Writes what has changed, one after the other. @throws CodedError `unavailable` */
  private flush(): Promise<void> {
    const flushed = this.running.then(() => this.write());
    this.running = flushed.catch(() => undefined);
    return flushed;
  }

  private async write(): Promise<void> {
    const { revision } = this.sessions;
    if (revision === this.revision && !this.stopped) return;
    const live = new Set(this.stopped ? [] : this.ofUsers());
    const opened = [...live].filter((session) => this.written.get(session) !== session.principal);
    const closed = [...this.written.keys()].filter((session) => !live.has(session));
    for (let at = 0; at < Math.max(opened.length, closed.length); at += BATCH) {
      const [begun, over] = [opened.slice(at, at + BATCH), closed.slice(at, at + BATCH)];
      const principals = begun.map(({ principal }) => principal);
      await this.store.write(this.node.value, begun.map(rowOf), over.map(nameOf));
      for (const [index, principal] of principals.entries()) {
        const session = begun[index];
        if (session) this.written.set(session, principal);
      }
      for (const session of over) this.written.delete(session);
    }
    this.revision = revision;
  }

  /** Guests have no user who could look at them. */
  private ofUsers(): ChatSession[] {
    return [...this.sessions.live.values()].filter(({ principal }) => !isGuest(principal));
  }
}

const nameOf = ({ id, principal }: ChatSession): SessionName => ({ userId: principal.userId, id });

const rowOf = (session: ChatSession): SessionRow => ({
  ...nameOf(session),
  workspaceId: session.chat.workspaceId,
  chatId: session.chat.chatId,
  credentialId: session.principal.credentialId,
  openedAt: new Date(session.openedAt),
  expiresAt: new Date(session.expiresAt),
  rehydrate: session.rehydrate,
});
