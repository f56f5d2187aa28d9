import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Gathered } from './gathered.js';

describe('Gathered', () => {
  it('asks for all that came in one turn, and for all that came meanwhile, together', async () => {
    const rounds: number[][] = [];
    const gathered = new Gathered((keys: readonly number[]) => {
      rounds.push([...keys]);
      return new Promise<number[]>((resolve) => setImmediate(() => resolve(keys.map((key) => key * 10))));
    });
    const first = [1, 2, 3].map((key) => gathered.ask(key));
    const later = first[0]?.then(() => Promise.all([4, 5].map((key) => gathered.ask(key))));
    await turnOfEventLoop();
    const meanwhile = [6, 7].map((key) => gathered.ask(key));
    expect(await Promise.all([...first, ...meanwhile])).toEqual([10, 20, 30, 60, 70]);
    expect(await later).toEqual([40, 50]);
    expect(rounds).toEqual([
      [1, 2, 3],
      [6, 7, 4, 5],
    ]);
  });

  it('tells everybody of a round what went wrong, and goes on', async () => {
    let fails = true;
    const gathered = new Gathered((keys: readonly string[]) =>
      fails ? Promise.reject(new Error('down')) : Promise.resolve(keys),
    );
    const results = await Promise.allSettled(['a', 'b'].map((key) => gathered.ask(key)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fails = false;
    expect(await gathered.ask('c')).toBe('c');
  });

  it('bounds a round', async () => {
    const sizes: number[] = [];
    const gathered = new Gathered((keys: readonly number[]) => {
      sizes.push(keys.length);
      return Promise.resolve(keys);
    });
    await Promise.all(Array.from({ length: 600 }, (_, key) => gathered.ask(key)));
    expect(sizes).toEqual([256, 256, 88]);
  });
});
