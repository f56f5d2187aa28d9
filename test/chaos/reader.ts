import type { MessageBody } from '../support/api.js';
import type { PinChange, ReactionChange } from '../../src/chat/feed/chat-event.js';
import { Connection } from './connection.js';
import type { Seen } from './ledger.js';
import type { Actor, Scene } from './scene.js';

/** More missed events than these are not replayed (contract, section 7). */
const MOST_MISSED = 1_000;

/** The event as the tables know it; undefined for what has no sequence. */
function seenIn(event: string, payload: unknown): Seen | undefined {
  if (event === 'message:created') {
    const { seq, id } = payload as MessageBody;
    return { seq, kind: 'created', messageId: id };
  }
  if (event === 'message:updated' || event === 'message:deleted') {
    const { updatedSeq, id } = payload as MessageBody & { readonly updatedSeq: number };
    return { seq: updatedSeq, kind: event.slice('message:'.length), messageId: id };
  }
  if (event === 'pin:updated') {
    const { seq, messageId, pinned } = payload as PinChange;
    return { seq, kind: pinned ? 'pinned' : 'unpinned', messageId };
  }
  if (event !== 'reaction:updated') return undefined;
  const { seq, messageId } = payload as ReactionChange;
  return { seq, kind: 'reaction', messageId };
}

/** Reads one chat to the end, over whatever connections it takes: every event, in order, once. */
export class Reader {
  /** Everything up to here has been seen. */
  private lastSeq: number | undefined;

  constructor(
    private readonly scene: Scene,
    private readonly actor: Actor,
    readonly chatId: string,
  ) {}

  get seq(): number {
    return this.lastSeq ?? 0;
  }

  /** Reads until the clients close and `end` says how far the chat went; then until it has come there. */
  async run(end: (chatId: string) => number | undefined): Promise<void> {
    const { scene } = this;
    const finished = (): boolean => {
      const last = end(this.chatId);
      return last !== undefined && this.seq >= last;
    };
    const deadline = (): boolean => scene.overdue();
    while (!finished() && !deadline()) {
      const connection = await this.connect();
      if (connection) {
        while (connection.alive && !finished() && !deadline()) await scene.pause(100);
        connection.close();
      } else await scene.pause(200);
    }
    if (!finished()) {
      scene.ledger.fault('gap or disorder', `a reader of ${this.chatId} stayed at ${this.seq} of ${end(this.chatId)}`);
    }
  }

  private async connect(): Promise<Connection | undefined> {
    const { scene, chatId } = this;
    const ticket = await scene.ticket(scene.anyUrl(), this.actor.key, chatId);
    if (!ticket) return undefined;
    const from = this.lastSeq;
    let current = true;
    const opened = await Connection.open(
      scene.anyUrl(),
      chatId,
      ticket,
      (event, payload) => {
        scene.overhear(event, payload);
        if (!current) return;
        const seen = seenIn(event, payload);
        if (seen) this.take(seen);
        else if (event === 'session') this.begin(from, payload as { seq: number; recovered: boolean });
      },
      from,
    );
    if (typeof opened === 'object') return opened;
    // What comes late over a connection that was given up must not be counted with that of the next one.
    current = false;
    return undefined;
  }

  private begin(from: number | undefined, { seq, recovered }: { seq: number; recovered: boolean }): void {
    const { ledger } = this.scene;
    if (from === undefined) {
      this.lastSeq = seq;
      return;
    }
    ledger.count('resumes');
    if (recovered) {
      if (this.lastSeq !== seq) {
        ledger.fault('gap or disorder', `${this.chatId}: resumed from ${from} to ${this.seq}, but live from ${seq}`);
        this.lastSeq = seq;
      }
      return;
    }
    if (seq < from) ledger.fault('lost', `${this.chatId}: a reader has ${from}, the chat ends at ${seq}`);
    else if (seq - from <= MOST_MISSED)
      ledger.fault('gap or disorder', `${this.chatId}: no resume from ${from} to ${seq}`);
    else ledger.count('resumes over too many events');
    this.lastSeq = seq;
  }

  private take(seen: Seen): void {
    const { ledger } = this.scene;
    if (this.lastSeq !== undefined && seen.seq !== this.lastSeq + 1) {
      ledger.fault('gap or disorder', `${this.chatId}: ${seen.seq} (${seen.kind}) after ${this.lastSeq}`);
    }
    this.lastSeq = seen.seq;
    ledger.saw(this.chatId, seen);
  }
}
