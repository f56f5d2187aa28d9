import { Injectable, Logger } from '@nestjs/common';
import { Metrics } from '../../health/metrics.js';
import { Traces } from '../../tracing/traces.js';
import { Vault } from '../../pii/vault/vault.js';
import { rehydrate } from '../../pii/rehydrate.js';
import { type ChatEvent, chatOf, onWire } from '../feed/chat-event.js';
import { type ChatSession, roomOf } from './chat-session.js';
import type { ChatNamespace, ChatSocket } from './chat-socket.js';
import { emitTogether } from './emit-together.js';
import type { MessageView } from '../messages/message-view.js';
import type { ErasedNotice } from '../wire.js';

/** A socket together with the session that entitles it. */
interface EntitledReader {
  readonly socket: ChatSocket;
  readonly session: ChatSession;
}

/** Events of one commit, and who was in the chat then. */
interface Delivery {
  readonly events: readonly ChatEvent[];
  readonly readers: readonly EntitledReader[];
}

/** Passes committed messages on to the rooms of their chat: masked to everybody, with originals to those entitled. */
@Injectable()
export class Broadcaster {
  private readonly logger = new Logger(Broadcaster.name);
  /** For each chat whose vault is being read: what waits for that. */
  private readonly waiting = new Map<string, Delivery[]>();
  private namespace: ChatNamespace | undefined;

  constructor(
    private readonly vault: Vault,
    private readonly metrics: Metrics,
    private readonly traces: Traces,
  ) {}

  serve(namespace: ChatNamespace): void {
    this.namespace = namespace;
  }

  /** @param events of one chat */
  broadcast(events: readonly ChatEvent[]): void {
    this.traces.step('broadcast', {}, () => this.deliver(events));
  }

  private deliver(events: readonly ChatEvent[]): void {
    const [first] = events;
    if (!this.namespace || !first) return;
    const chatId = chatOf(first);
    const masked = socketsIn(this.namespace, roomOf(chatId, false));
    emitTogether(
      masked,
      events.map((event) => onWire(event)),
    );
    const readers = this.entitledReaders(this.namespace, chatId);
    this.metrics.deliveries.inc(events.length * (masked.length + readers.length));
    if (readers.length === 0) return;
    this.enqueueOriginals(chatId, { events, readers });
  }

  /** Tells masked readers too: they may show values that they had from a history. */
  erased(notice: ErasedNotice): void {
    const rooms = [roomOf(notice.chatId, false), roomOf(notice.chatId, true)];
    this.namespace?.to(rooms).emit('pii:erased', notice);
  }

  /** Those who are in the chat at this moment: who joins later has the message from the replay already. */
  private entitledReaders(namespace: ChatNamespace, chatId: string): EntitledReader[] {
    return socketsIn(namespace, roomOf(chatId, true)).flatMap((socket) =>
      socket.data.session ? [{ socket, session: socket.data.session }] : [],
    );
  }

  /**
   * Reading the vault takes time; messages of a chat keep their order all the same. What comes while an earlier message is
   * being read goes together in the next reading.
   */
  private enqueueOriginals(chatId: string, delivery: Delivery): void {
    const queue = this.waiting.get(chatId);
    if (queue) queue.push(delivery);
    else void this.sendOriginals(chatId, delivery);
  }

  private async sendOriginals(chatId: string, first: Delivery): Promise<void> {
    for (let next = [first]; next.length > 0; next = this.waiting.get(chatId) ?? []) {
      this.waiting.set(chatId, []);
      const values = await this.reveal(next);
      for (const { events, readers } of next) {
        emitTogether(
          readers.filter(isStillIn).map(({ socket }) => socket),
          events.map((event) => onWire(event, values && hasText(event) ? rehydrate(event.message, values) : undefined)),
        );
      }
    }
    this.waiting.delete(chatId);
  }

  /**
   * What stands behind the placeholders of several deliveries of one chat: one audit entry for each session that is shown
   * any. Undefined where that cannot be read: masked is better than missing, since the sequence stays whole and the original
   * can be read from the history later.
   */
  private async reveal(deliveries: readonly Delivery[]): Promise<ReadonlyMap<string, string> | undefined> {
    const shown = new Map<ChatSession, string[]>();
    for (const { events, readers } of deliveries) {
      const placeholders = events
        .filter(hasText)
        .flatMap(({ message }) => message.positions.map((at) => at.placeholder));
      if (placeholders.length === 0) continue;
      for (const { session } of readers.filter(isStillIn)) {
        const all = shown.get(session) ?? [];
        all.push(...placeholders);
        shown.set(session, all);
      }
    }
    const readings = [...shown].map(([{ principal, id }, placeholders]) => ({
      reader: { principal, requestId: id },
      placeholders,
    }));
    const [session] = shown.keys();
    if (!session) return NONE;
    try {
      return await this.vault.revealTo(readings, session.chat);
    } catch (error) {
      // All of them fail together: one line, by the name of the first.
      this.logger.error('originals of a broadcast could not be read', { error, requestId: session.id });
      return undefined;
    }
  }
}

const NONE: ReadonlyMap<string, string> = new Map();

function socketsIn({ adapter, sockets }: ChatNamespace, room: string): ChatSocket[] {
  const found: ChatSocket[] = [];
  for (const id of adapter.rooms.get(room) ?? []) {
    const socket = sockets.get(id);
    if (socket) found.push(socket);
  }
  return found;
}

const hasText = (event: ChatEvent): event is Extract<ChatEvent, { message: MessageView }> =>
  event.kind === 'created' || event.kind === 'updated';

/** A session ends, or the socket goes to another chat, while the vault is read. */
const isStillIn = ({ socket, session }: EntitledReader): boolean => socket.data.session === session;
