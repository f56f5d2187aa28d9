import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { AccessChanges } from '../../auth/access-changes.js';
import { GUEST_ID } from '../../auth/principal.js';
import { idOfCursor, type Page, toPage } from '../../edge/page.js';
import { CodedError } from '../../errors/coded-error.js';
import type { ChatAccess } from '../chat-access.js';
import { NodeId } from '../node-id.js';
import { Sessions } from '../socket/sessions.js';
import { type Signal, Signals } from '../attention/signals.js';
import type { MemberPresence } from '../wire.js';
import { type Attendance, PresenceStore } from './presence.store.js';

/** Comings and goings of this time are written and told together. */
const TICK_MS = 500;
const BEAT_MS = 3_000;
/** Members in one statement. */
const BATCH = 1_000;
/** Members in one event, which has to fit into a notification. */
const TOLD_TOGETHER = 50;

/**
 * Which members are in which chat. What is written follows from the live sessions of this node, looked through twice a
 * second if one of them has changed: however many sockets a member has and however often they come and go, a change is
 * written once, together with all others of its tick. A killed node is missed by the others, who then say goodbye for its
 * users.
 */
@Injectable()
export class Presence implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Presence.name);
  /** What the table knows of this node, by chat and user. */
  private known = new Map<string, Attendance>();
  /** Of the sessions that this follows from; undefined before the first, and when the table was found not to know it. */
  private revision: number | undefined;
  /** Members whose rights changed: who is removed is taken out of the table, and may be back at once. */
  private doubted = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private beatAt = -Infinity;
  private stopped = false;

  constructor(
    private readonly store: PresenceStore,
    private readonly sessions: Sessions,
    private readonly signals: Signals,
    private readonly node: NodeId,
    private readonly changes: AccessChanges,
  ) {}

  onApplicationBootstrap(): void {
    this.changes.onChange(({ workspaceId, userId }) => {
      if (workspaceId !== undefined && userId !== undefined) this.doubted.add(memberOf({ workspaceId, userId }));
    });
    this.schedule();
  }

  /** Lets the users of this node go, so that nobody waits for its lease. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
    try {
      await this.leave([...this.known.values()]);
      await this.store.depart(this.node.value);
    } catch {
      this.logger.warn('the members of this node stay online until its lease is over');
    }
  }

  /** Members who are or were in a chat. For members: visitors are neither told nor listed. */
  async list({ chat, access }: ChatAccess, limit: number, cursor?: string): Promise<Page<MemberPresence>> {
    if (access.standing === 'visitor') throw new CodedError('forbidden');
    const after = idOfCursor('presence', cursor) ?? GUEST_ID;
    const rows = await this.store.list(chat.workspaceId, chat.chatId, after, limit + 1);
    return toPage(
      'presence',
      rows.map((row) => ({ id: row.userId, row })),
      limit,
      ({ row: { userId, online, seenAt } }) => ({
        userId,
        online,
        ...(!online && { lastSeenAt: seenAt.toISOString() }),
      }),
    );
  }

  private schedule(): void {
    this.timer = setTimeout(() => {
      this.running = this.tick().finally(() => !this.stopped && this.schedule());
    }, TICK_MS).unref();
  }

  private async tick(): Promise<void> {
    const { doubted } = this;
    this.doubted = new Set();
    try {
      await this.beat();
      const { revision } = this.sessions;
      if (revision === this.revision && doubted.size === 0) return;
      const here = this.here();
      const isKnown = (key: string, member: Attendance) => this.known.has(key) && !doubted.has(memberOf(member));
      const entered = [...here].flatMap(([key, member]) => (isKnown(key, member) ? [] : [member]));
      const left = [...this.known].flatMap(([key, member]) => (here.has(key) ? [] : [member]));
      await this.enter(entered);
      await this.leave(left);
      this.revision = revision;
    } catch {
      // What was not written is still unknown and comes again in the next tick.
      for (const member of doubted) this.doubted.add(member);
      this.logger.debug('presence waits for the database');
    }
  }

  /** A node whose lease had run out says everything again: others have let its users go. */
  private async beat(): Promise<void> {
    const now = performance.now();
    if (now - this.beatAt < BEAT_MS) return;
    if (await this.store.beat(this.node.value)) {
      this.known.clear();
      this.revision = undefined;
    }
    this.tell(await this.store.bury(), false);
    this.beatAt = now;
  }

  private here(): Map<string, Attendance> {
    const here = new Map<string, Attendance>();
    for (const session of this.sessions.live.values()) {
      if (session.access.standing === 'visitor') continue;
      const { workspaceId, chatId } = session.chat;
      const { userId } = session.principal;
      here.set(keyOf(session.chat, userId), { workspaceId, chatId, userId });
    }
    return here;
  }

  private async enter(members: readonly Attendance[]): Promise<void> {
    for (let at = 0; at < members.length; at += BATCH) {
      const batch = members.slice(at, at + BATCH);
      this.tell(await this.store.enter(this.node.value, batch), true);
      for (const member of batch) this.known.set(keyOf(member, member.userId), member);
    }
  }

  private async leave(members: readonly Attendance[]): Promise<void> {
    for (let at = 0; at < members.length; at += BATCH) {
      const batch = members.slice(at, at + BATCH);
      this.tell(await this.store.leave(this.node.value, batch), false);
      for (const member of batch) this.known.delete(keyOf(member, member.userId));
    }
  }

  /** One event for all changes of a chat: each goes to every member who is there. */
  private tell(members: readonly Attendance[], online: boolean): void {
    const lastSeenAt = new Date().toISOString();
    const chats = new Map<string, MemberPresence[]>();
    for (const { chatId, userId } of members) {
      const user = { userId, online, ...(!online && { lastSeenAt }) };
      const users = chats.get(chatId);
      if (users) users.push(user);
      else chats.set(chatId, [user]);
    }
    const signals: Signal[] = [];
    for (const [chatId, users] of chats) {
      for (let at = 0; at < users.length; at += TOLD_TOGETHER) {
        const payload = { chatId, users: users.slice(at, at + TOLD_TOGETHER) };
        signals.push({ name: 'presence:updated', payload });
      }
    }
    this.signals.send(...signals);
  }
}

const keyOf = ({ chatId }: { readonly chatId: string }, userId: string): string => `${chatId}/${userId}`;

const memberOf = ({ workspaceId, userId }: { readonly workspaceId: string; readonly userId: string }): string =>
  `${workspaceId}/${userId}`;
