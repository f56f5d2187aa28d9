import type { MessageEvent } from '../chat/wire.js';
import { CloakroomError } from './cloakroom-error.js';

/** Messages that wait for a reader; one that falls further behind is told so instead of filling the memory. */
const MAX_WAITING = 5_000;

/** Messages in their order, each once, for one `for await`. */
export class MessageStream implements AsyncIterableIterator<MessageEvent> {
  private waiting: MessageEvent[] = [];
  private readers: { resolve(result: IteratorResult<MessageEvent>): void; reject(error: Error): void }[] = [];
  private over = false;
  private failure: CloakroomError | undefined;

  constructor(private readonly onReturn: (stream: MessageStream) => void) {}

  push(message: MessageEvent): void {
    if (this.over) return;
    const reader = this.readers.shift();
    if (reader) return reader.resolve({ done: false, value: message });
    this.waiting.push(message);
    if (this.waiting.length <= MAX_WAITING) return;
    this.waiting = [];
    this.end(new CloakroomError('slow_consumer', true));
  }

  /** What waits is still read; then the loop ends, or throws the failure. */
  end(failure?: CloakroomError): void {
    if (this.over) return;
    this.over = true;
    this.failure = failure;
    for (const reader of this.readers) {
      if (failure) reader.reject(failure);
      else reader.resolve({ done: true, value: undefined });
    }
    this.readers = [];
  }

  next(): Promise<IteratorResult<MessageEvent>> {
    const value = this.waiting.shift();
    if (value) return Promise.resolve({ done: false, value });
    const { failure } = this;
    this.failure = undefined;
    if (failure) return Promise.reject(failure);
    if (this.over) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.readers.push({ resolve, reject }));
  }

  /** The loop was left. */
  return(): Promise<IteratorResult<MessageEvent>> {
    this.waiting = [];
    this.end();
    this.onReturn(this);
    return this.next();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
