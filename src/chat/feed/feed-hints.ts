import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Notifications } from '../../database/notifications.js';
import { ChatFeed } from './chat-feed.js';
import { ChatStore } from '../chat.store.js';

const CHANNEL = 'cloakroom_feed';
/** Commits of this time are told to other nodes together. */
const COLLECT_MS = 5;
/** A hint that was lost is made up for within two seconds: this time, and that of asking. */
const SWEEP_MS = 1_200;
const SWEEP_BATCH = 1_000;

/**
 * Lets nodes know of each other's commits. What is told is only that a chat has moved on; each node reads the table itself,
 * so that neither order nor completeness depends on a hint arriving.
 */
@Injectable()
export class FeedHints implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(FeedHints.name);
  /** Chats with commits that other nodes have not been told of yet, with their latest sequence. */
  private readonly pending = new Map<string, number>();
  private collecting: NodeJS.Timeout | undefined;
  private sweeping: NodeJS.Timeout | undefined;

  constructor(
    private readonly notifications: Notifications,
    private readonly feed: ChatFeed,
    private readonly chats: ChatStore,
  ) {
    notifications.listen(CHANNEL, (payload) => {
      const [chatId = '', seq] = payload.split('/');
      this.feed.hint(chatId, Number(seq));
    });
    notifications.onGap(() => void this.sweep());
  }

  onApplicationBootstrap(): void {
    this.feed.onCommit((chatId, seq) => this.collect(chatId, seq));
    this.sweeping = setInterval(() => void this.sweep(), SWEEP_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.sweeping);
    clearTimeout(this.collecting);
  }

  private collect(chatId: string, seq: number): void {
    this.pending.set(chatId, seq);
    this.collecting ??= setTimeout(() => void this.tell(), COLLECT_MS).unref();
  }

  private async tell(): Promise<void> {
    const payloads = [...this.pending].map(([chatId, seq]) => `${chatId}/${seq}`);
    this.pending.clear();
    this.collecting = undefined;
    try {
      await this.notifications.publish(CHANNEL, payloads);
    } catch {
      this.logger.debug('a hint was not sent; the sweep of the other nodes makes up for it');
    }
  }

  /** Compares all chats that are open here with the table. */
  private async sweep(): Promise<void> {
    const open = this.feed.openChats();
    try {
      for (let at = 0; at < open.length; at += SWEEP_BATCH) {
        for (const { chatId, lastSeq } of await this.chats.lastSeqs(open.slice(at, at + SWEEP_BATCH))) {
          this.feed.hint(chatId, lastSeq);
        }
      }
    } catch {
      // Without a database there is nothing to be late for.
    }
  }
}
