import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { SpanContext } from '@opentelemetry/api';
import { GUEST_ID } from '../../auth/principal.js';
import { isUniqueViolation } from '../../database/database-error.js';
import { CodedError } from '../../errors/coded-error.js';
import { toCodedError } from '../../errors/to-coded-error.js';
import { Metrics } from '../../health/metrics.js';
import { Traces } from '../../tracing/traces.js';
import { created } from '../feed/chat-event.js';
import { ChatFeed } from '../feed/chat-feed.js';
import { type Appended, MessageStore, type NewMessage } from './message.store.js';
import type { MessageView } from './message-view.js';
import { OutdatedError } from './outdated-error.js';

interface Waiting {
  readonly message: NewMessage;
  readonly origin: SpanContext | undefined;
  readonly resolve: (view: MessageView) => void;
  readonly reject: (error: unknown) => void;
}

const MAX_BATCH = 256;
const MAX_WAITING = 10_000;
/** Times that a batch is tried when another node brought one of its client ids at the same instant. */
const MAX_TRIES = 5;
/** Readers for each message under way, from which on what a batch costs is above all a write to each of them. */
const MANY_READERS = 2;

/**
 * Group commit: messages that come while a commit is under way go together in the next one. One lane keeps the order in
 * which messages came, and the order in which their broadcasts leave. A message resolves after its commit, never before.
 */
@Injectable()
export class MessageWriter {
  private waiting: Waiting[] = [];
  private running: Promise<void> | undefined;
  /** Size of the last batch. */
  private last = 1;
  private enough: () => void = () => undefined;

  constructor(
    private readonly store: MessageStore,
    private readonly feed: ChatFeed,
    private readonly metrics: Metrics,
    private readonly traces: Traces,
  ) {
    metrics.watchQueue('messages', () => this.waiting.length);
  }

  /**
   * @throws CodedError `overloaded`, `unavailable`, `forbidden` when the right to post has ended meanwhile; OutdatedError
   */
  write(message: NewMessage): Promise<MessageView> {
    if (this.waiting.length >= MAX_WAITING) return Promise.reject(new CodedError('overloaded', { retryAfter: 1 }));
    return new Promise((resolve, reject) => {
      this.waiting.push({ message, origin: this.traces.current(), resolve, reject });
      this.running ??= this.run();
      if (this.isEnough()) this.enough();
    });
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0) {
      await this.gathering();
      const batch = this.takeBatch();
      this.last = batch.length;
      const origins = batch.map(({ origin }) => origin);
      await this.traces.shared('commit', origins, { 'cloakroom.messages': batch.length }, () => this.commit(batch));
    }
    this.running = undefined;
  }

  /**
   * Whatever other sockets bring in this turn of the event loop goes along, since what a commit costs is shared by more; but
   * not more than the half of what is under way: the database writes that half while this process reads the other and answers.
   * Left alone, all who wait for one commit send again in one turn, and process and database wait for each other in turns.
   */
  private async gathering(): Promise<void> {
    if (this.isForMany()) {
      // What a sender has under way comes in more than one turn. Fewer and fuller batches leave the database idle for longer,
      // and pay only where they save many writes.
      await turnOfEventLoop();
      await turnOfEventLoop();
    } else if (!this.isEnough()) {
      await new Promise<void>((resolve) => {
        this.enough = resolve;
        setImmediate(resolve);
      });
    }
  }

  private isEnough(): boolean {
    return this.waiting.length >= this.last;
  }

  private isForMany(): boolean {
    const many = MANY_READERS * (this.waiting.length + this.last);
    return this.waiting.some(({ message }) => this.feed.readersOf(message.chatId) > many);
  }

  /** A client id may be in a batch once only: its repetition waits for the next, where the first is known. */
  private takeBatch(): Waiting[] {
    const seen = new Set<string>();
    const batch: Waiting[] = [];
    const later: Waiting[] = [];
    const most = this.isForMany() ? MAX_BATCH : Math.min(MAX_BATCH, Math.ceil((this.waiting.length + this.last) / 2));
    for (const [index, call] of this.waiting.entries()) {
      if (batch.length === most) {
        later.push(...this.waiting.slice(index));
        break;
      }
      const { chatId, senderId, clientMessageId } = call.message;
      const key = clientMessageId === null ? undefined : `${chatId}/${senderId}/${clientMessageId}`;
      if (key !== undefined && seen.has(key)) {
        later.push(call);
        continue;
      }
      if (key !== undefined) seen.add(key);
      batch.push(call);
    }
    this.waiting = later;
    return batch;
  }

  private async commit(batch: readonly Waiting[]): Promise<void> {
    const begun = performance.now();
    try {
      const results = await this.append(batch.map(({ message }) => message));
      this.metrics.commitSeconds.observe((performance.now() - begun) / 1_000);
      this.metrics.commitBatchSize.observe(batch.length);
      this.feed.publish(results.flatMap((result) => (result.outcome === 'written' ? [created(result.view)] : [])));
      let sent = 0;
      for (const [index, { message, origin, resolve, reject }] of batch.entries()) {
        const result = results[index];
        if (result?.outcome === 'known' && isAnotherGuests(result.view, message)) {
          this.waiting.push({ message: { ...message, clientMessageId: null }, origin, resolve, reject });
          continue;
        }
        if (result?.outcome === 'outdated') {
          reject(new OutdatedError());
          continue;
        }
        if (result !== undefined && 'view' in result) {
          sent += 1;
          resolve(result.view);
        } else {
          this.metrics.sends.inc({ code: 'forbidden' });
          reject(new CodedError('forbidden'));
        }
      }
      this.metrics.sends.inc({ code: 'ok' }, sent);
    } catch (error) {
      this.metrics.sends.inc({ code: toCodedError(error).code }, batch.length);
      this.traces.failed(error);
      // Whether the commit happened is not known when the connection broke: readers are served from the table.
      for (const { message } of batch) this.feed.suspect(message.workspaceId, message.chatId);
      for (const { reject } of batch) reject(error);
    }
  }

  private async append(messages: readonly NewMessage[]): Promise<Appended[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.store.append(messages);
      } catch (error) {
        if (attempt === MAX_TRIES || !isUniqueViolation(error, 'messages_client_message_id_key')) throw error;
      }
    }
  }
}

/**
 * All guests have one id, so that two of them may choose the same client id. A repetition says the same; what says
 * something else comes from another guest, and must not be answered with a message that is not theirs.
 */
const isAnotherGuests = (first: MessageView, message: NewMessage): boolean =>
  message.senderId === GUEST_ID && first.text !== message.text;
