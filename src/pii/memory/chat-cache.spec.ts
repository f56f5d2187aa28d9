import { describe, expect, it, jest } from '@jest/globals';
import { ChatCache } from './chat-cache.js';

const scope = { workspaceId: 'w', chatId: 'c' };

/** A chat of which everything that was stored can be read, one reading after the other, when the test says so. */
function setUp(milliseconds = 60_000, clock?: { now(): number }) {
  const stored: string[] = [];
  const readings: { readonly what: string; readonly go: (error?: Error) => void }[] = [];
  const reading = (what: string): Promise<void> =>
    new Promise((resolve, reject) => readings.push({ what, go: (error) => (error ? reject(error) : resolve()) }));
  const cache = new ChatCache<Set<string>>(
    async () => {
      const all = new Set(stored);
      await reading('all');
      return all;
    },
    async (_, known, placeholders) => {
      await reading(placeholders.join());
      for (const placeholder of placeholders) known.add(placeholder);
    },
    milliseconds,
    clock,
  );
  const next = (error?: Error): void => {
    const first = readings.shift();
    if (!first) throw new Error('nothing is being read');
    first.go(error);
  };
  const get = async (): Promise<string | undefined> => {
    const known = await cache.get(scope);
    return known && [...known].toSorted().join();
  };
  /** Reads all of the chat, once. */
  const learnAll = async (): Promise<void> => {
    const first = get();
    next();
    await first;
  };
  const store = (...placeholders: string[]): void => {
    stored.push(...placeholders);
    cache.announce(scope.chatId, placeholders);
  };
  return { cache, readings, next, get, learnAll, store };
}

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('what is known of a chat', () => {
  it('is read once for all who ask at a time, and not again', async () => {
    const { readings, next, get, store } = setUp();
    store('A');
    const asked = [get(), get()];
    expect(readings).toHaveLength(1);
    next();
    expect(await Promise.all(asked)).toEqual(['A', 'A']);
    expect(await get()).toBe('A');
    expect(readings).toEqual([]);
  });

  it('takes up what is announced, and reads no more than that', async () => {
    const { readings, next, get, learnAll, store } = setUp();
    store('A');
    await learnAll();
    store('B');
    store('C');
    const asked = get();
    expect(readings.map(({ what }) => what)).toEqual(['B,C']);
    next();
    expect(await asked).toBe('A,B,C');
    expect(await get()).toBe('A,B,C');
    expect(readings).toEqual([]);
  });

  it('answers nobody without what was announced before they asked', async () => {
    const { readings, next, get, learnAll, store } = setUp();
    await learnAll();
    store('A');
    const before = get();
    store('B');
    const after = get();
    // Both are under way; the first was begun before B was announced.
    expect(readings.map(({ what }) => what)).toEqual(['A', 'A,B']);
    next();
    expect(await before).toBe('A');
    let isAnswered = false;
    void after.then(() => (isAnswered = true));
    await settled();
    expect(isAnswered).toBe(false);
    next();
    expect(await after).toBe('A,B');
    expect(await get()).toBe('A,B');
  });

  it('adds what is announced while all is being read', async () => {
    const { readings, next, get, store } = setUp();
    const first = get();
    store('A');
    const second = get();
    expect(readings.map(({ what }) => what)).toEqual(['all']);
    next();
    expect(await first).toBe('');
    await settled();
    expect(readings.map(({ what }) => what)).toEqual(['A']);
    next();
    expect(await second).toBe('A');
  });

  it('is forgotten when told so, whatever is being read', async () => {
    const { cache, readings, next, get, learnAll, store } = setUp();
    store('A');
    await learnAll();
    store('B');
    const asked = get();
    cache.forget(scope.chatId);
    next();
    await asked;
    const again = get();
    expect(readings.map(({ what }) => what)).toEqual(['all']);
    next();
    expect(await again).toBe('A,B');
  });

  it('is read anew where too much was announced', async () => {
    const { readings, get, learnAll, store } = setUp();
    await learnAll();
    store(...Array.from({ length: 501 }, (_, index) => `P${index}`));
    void get();
    expect(readings.map(({ what }) => what)).toEqual(['all']);
  });

  it('is read anew where more is known than it may grow to', async () => {
    const { cache, readings, get, learnAll } = setUp();
    await learnAll();
    const known = cache.peek(scope.chatId);
    for (let index = 0; index < 2_000; index += 1) known?.add(`P${index}`);
    await get();
    expect(readings).toEqual([]);
    known?.add('one more');
    void get();
    expect(readings.map(({ what }) => what)).toEqual(['all']);
  });

  it('is undefined while it cannot be read, and not asked for each time', async () => {
    const { readings, next, get, learnAll, store } = setUp();
    await learnAll();
    store('A');
    const asked = get();
    next(new Error('the key is out of reach'));
    expect(await asked).toBeUndefined();
    expect(await get()).toBeUndefined();
    expect(readings).toEqual([]);
  });

  it('is gone when its time is over, also where nobody asks and no key was there to leave before', async () => {
    jest.useFakeTimers();
    try {
      let now = 1;
      const pass = (milliseconds: number): void => {
        now += milliseconds;
        jest.advanceTimersByTime(milliseconds);
      };
      const { cache, learnAll, store } = setUp(2_000, { now: () => now });
      store('A');
      await learnAll();
      pass(1_999);
      expect(cache.peek(scope.chatId)).toEqual(new Set('A'));
      pass(2);
      // Not only kept from whoever asks.
      expect((Reflect.get(cache, 'known') as ReadonlyMap<string, unknown>).size).toBe(0);
      expect(cache.peek(scope.chatId)).toBeUndefined();
    } finally {
      jest.useRealTimers();
    }
  });
});
