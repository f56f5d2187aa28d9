import { setImmediate as turnOfEventLoop } from 'node:timers/promises';

interface Waiting<Key, Answer> {
  readonly key: Key;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** Most questions that go together. */
const MAX_TOGETHER = 256;

/**
 * Questions of one kind that come while one is under way go together in the next: there are as many round trips as the
 * database has time for, and not as many as there are callers. Each question is asked after it came, so that no answer is
 * older than it would be alone.
 */
export class Gathered<Key, Answer> {
  private waiting: Waiting<Key, Answer>[] = [];
  private asking = false;

  /** @param askAll answers in the order of the keys */
  constructor(private readonly askAll: (keys: readonly Key[]) => Promise<readonly Answer[]>) {}

  ask(key: Key): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ key, resolve, reject });
      if (!this.asking) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.asking = true;
    while (this.waiting.length > 0) {
      // Whoever else asks in this turn of the event loop is asked for in the same round.
      await turnOfEventLoop();
      const calls = this.waiting.splice(0, MAX_TOGETHER);
      try {
        const answers = await this.askAll(calls.map(({ key }) => key));
        for (const [index, { resolve }] of calls.entries()) resolve(answers[index] as Answer);
      } catch (error) {
        for (const { reject } of calls) reject(error);
      }
    }
    this.asking = false;
  }
}
