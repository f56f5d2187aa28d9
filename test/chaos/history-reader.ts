import type { MessageBody, PageBody } from '../support/api.js';
import type { Actor, Scene } from './scene.js';

const LIMIT = 200;
const EVERY_MS = 500;

/** Reads one chat over REST from its beginning to its end, each page from some node or other: every message, in order, once. */
export class HistoryReader {
  private seq = 0;

  constructor(
    private readonly scene: Scene,
    private readonly actor: Actor,
    private readonly chatId: string,
  ) {}

  /** Reads until `end` says that the chat has one, and nothing comes after what was read. */
  async run(end: (chatId: string) => number | undefined): Promise<void> {
    const { scene, chatId } = this;
    for (;;) {
      const last = end(chatId);
      const isWhole = await this.readOn();
      if (last !== undefined && isWhole) return;
      if (scene.overdue()) {
        scene.ledger.fault('never healed', `the history of ${chatId} was read up to ${this.seq} of ${last}`);
        return;
      }
      await scene.pause(EVERY_MS);
    }
  }

  /** Whether that was all there is. */
  private async readOn(): Promise<boolean> {
    const { scene, chatId } = this;
    const path = `/v1/chat/${chatId}/messages?after=${this.seq}&limit=${LIMIT}`;
    const reply = await scene.call<PageBody<MessageBody>>(this.actor.key, 'GET', path);
    if (!reply || reply.status >= 500) return false;
    if (reply.status >= 400) {
      scene.ledger.fault('a sound call was refused', `GET messages: ${reply.text}`);
      return false;
    }
    scene.canary.inspect('history', reply.text);
    for (const { seq, id } of reply.body.items) {
      if (seq <= this.seq) scene.ledger.fault('gap or disorder', `history of ${chatId}: ${seq} after ${this.seq}`);
      this.seq = seq;
      scene.ledger.read(chatId, seq, id);
    }
    return reply.body.nextCursor === null;
  }
}
