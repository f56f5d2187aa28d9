import { expect, it } from '@jest/globals';
import { closedInTheEnd } from './leftovers.js';

it('what was started is closed once, at the end of its file at the latest, the latest first', async () => {
  const closed: string[] = [];
  const start = (name: string) =>
    closedInTheEnd(() => {
      closed.push(name);
      return name === 'broken' ? Promise.reject(new Error(name)) : Promise.resolve();
    });
  const [, , cared] = [start('database'), start('broken'), start('cared for')];
  start('app');
  await cared();
  await globalThis.closeLeftovers?.();
  expect(closed).toEqual(['cared for', 'app', 'broken', 'database']);
  await cared();
  start('too late');
  expect(closed.slice(4)).toEqual(['too late']);
});
