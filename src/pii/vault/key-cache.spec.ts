import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CACHE_MS, CACHED_KEYS, createKeyCache, type LoadedKey } from './key-cache.js';

const ZEROS = Buffer.alloc(32);

describe('a key in clear', () => {
  let now: number;
  let forgotten: string[];
  let cache: ReturnType<typeof createKeyCache>;

  beforeEach(() => {
    jest.useFakeTimers();
    now = 1;
    forgotten = [];
    cache = createKeyCache(CACHE_MS, (name) => forgotten.push(name), { now: () => now });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const pass = (milliseconds: number): void => {
    now += milliseconds;
    jest.advanceTimersByTime(milliseconds);
  };
  const add = (name: string): LoadedKey => {
    const key = { encryption: randomBytes(32), fingerprint: randomBytes(32), version: 1 };
    cache.set(name, key);
    return key;
  };
  const isOverwritten = ({ encryption, fingerprint }: LoadedKey): boolean =>
    encryption.equals(ZEROS) && fingerprint.equals(ZEROS);

  it('is held for five minutes and 1,000 chats', () => {
    expect([CACHE_MS, CACHED_KEYS]).toEqual([300_000, 1_000]);
  });

  it('is there up to the last millisecond of its five minutes, however often it is used, and overwritten after it', () => {
    const key = add('w/c');
    for (let minute = 1; minute < 5; minute += 1) {
      pass(60_000);
      expect(cache.get('w/c')).toBe(key);
    }
    pass(59_999);
    expect([cache.peek('w/c'), isOverwritten(key)]).toEqual([key, false]);
    pass(2);
    expect([cache.peek('w/c'), isOverwritten(key), forgotten]).toEqual([undefined, true, ['w/c']]);
  });

  it('is never held longer, whatever is asked for', () => {
    cache = createKeyCache(2 * CACHE_MS, () => undefined, { now: () => now });
    const key = add('w/c');
    pass(CACHE_MS + 1);
    expect(isOverwritten(key)).toBe(true);
  });

  it('makes room for the 1,001st: that of the chat that was asked for longest ago is overwritten', () => {
    const keys = Array.from({ length: CACHED_KEYS }, (_, n) => add(`w/${n}`));
    cache.get('w/0');
    expect(keys.filter(isOverwritten)).toEqual([]);
    add('w/new');
    expect(cache.size).toBe(CACHED_KEYS);
    expect(keys.filter(isOverwritten)).toEqual([keys[1]]);
    expect(forgotten).toEqual(['w/1']);
  });

  it('is overwritten when another takes its place, when it is dropped, and when the service ends', () => {
    const keys = [add('w/c'), add('w/c'), add('w/d'), add('w/e')];
    expect(keys.map(isOverwritten)).toEqual([true, false, false, false]);
    cache.delete('w/d');
    expect(keys.map(isOverwritten)).toEqual([true, false, true, false]);
    cache.clear();
    expect(keys.every(isOverwritten)).toBe(true);
  });
});
