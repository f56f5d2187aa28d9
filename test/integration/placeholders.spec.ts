import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { ChatKeys, type ChatScope } from '../../src/pii/vault/chat-keys.js';
import { NameMemory } from '../../src/pii/memory/name-memory.js';
import { EntryStore } from '../../src/pii/vault/entry.store.js';
import type { FoundValue } from '../../src/pii/vault/placeholder-choice.js';
import { Placeholders } from '../../src/pii/vault/placeholders.js';
import { listenToStatements } from '../support/statement-log.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const NOTHING_TYPED: ReadonlySet<string> = new Set();
const person = (value: string, proposed?: string): FoundValue => ({
  type: 'PERSON',
  value,
  ...(proposed !== undefined && { proposed }),
});
const people = (count: number, prefix = 'Person'): FoundValue[] =>
  Array.from({ length: count }, (_, index) => person(`${prefix} ${index + 1}`));

const of = (service: TestApp): Placeholders => service.app.get(Placeholders, { strict: false });

const median = (some: number[]): number => some.toSorted((a, b) => a - b)[some.length >> 1] ?? 0;

describe('placeholders of a chat', () => {
  let one: TestApp;
  let two: TestApp;
  let sql: Client;
  let scope: ChatScope;
  beforeAll(async () => {
    one = await startTestApp();
    two = await startTestApp({}, one);
    sql = new Client({ connectionString: one.database.url });
    await sql.connect();
  });
  afterAll(async () => {
    await sql.end();
    await two.close();
    await one.close();
  });
  beforeEach(async () => {
    const { id, defaultChatId } = await one.admin.workspace();
    scope = { workspaceId: id, chatId: defaultChatId };
  });

  /** One that has never seen anything, over the same database. */
  const cold = (): Placeholders =>
    new Placeholders(
      one.app.get(ChatKeys, { strict: false }),
      one.app.get(EntryStore, { strict: false }),
      one.app.get(NameMemory, { strict: false }),
    );
  const assignIn = async (
    chat: ChatScope,
    placeholders: Placeholders,
    values: FoundValue[],
    typed: ReadonlySet<string>,
  ) => (await placeholders.assign(chat, values, typed, true)).placeholders;
  const assign = (placeholders: Placeholders, ...values: FoundValue[]) =>
    assignIn(scope, placeholders, values, NOTHING_TYPED);
  const rows = async (): Promise<{ type: string; number: number; sealed: boolean }[]> =>
    (
      await sql.query<{ type: string; number: number; sealed: boolean }>(
        `SELECT type, number, sealed_value IS NOT NULL AS sealed FROM pii_entries WHERE chat_id = $1 ORDER BY type, number`,
        [scope.chatId],
      )
    ).rows;

  it('gives one to each value, by what values mean', async () => {
    expect(await assign(of(one), person('Ada'), person('Bo'), person(' ADA '))).toEqual([
      '<PERSON_1>',
      '<PERSON_2>',
      '<PERSON_1>',
    ]);
    expect(await assign(of(two), person('ada'))).toEqual(['<PERSON_1>']);
    expect(await assign(cold(), person('Ａｄａ'))).toEqual(['<PERSON_1>']);
    expect(await rows()).toHaveLength(2);
  });

  it('gives the same value one when fifty calls bring it at once', async () => {
    const given = await Promise.all(Array.from({ length: 50 }, () => assign(of(one), person('Ada'))));
    expect(new Set(given.flat())).toEqual(new Set(['<PERSON_1>']));
    expect(await rows()).toEqual([{ type: 'PERSON', number: 1, sealed: true }]);
  });

  it('agrees over two nodes that bring the same values at once, in any order', async () => {
    for (let round = 1; round <= 10; round += 1) {
      const values = people(12, `Round ${round}`);
      const given = await Promise.all(
        Array.from({ length: 16 }, async (_, caller) => {
          const order = values.toSorted(() => Math.random() - 0.5);
          const names = await assign(caller % 2 ? of(one) : of(two), ...order);
          return values.map((value) => names[order.indexOf(value)]);
        }),
      );
      expect(new Set(given.map((names) => names.join())).size).toBe(1);
    }
    // Every number was given, none was given twice, and nobody failed on the way.
    expect((await rows()).map(({ number }) => number)).toEqual(Array.from({ length: 120 }, (_, index) => index + 1));
  });

  it('agrees over two nodes that bring different values at once', async () => {
    const given = await Promise.all(
      Array.from({ length: 20 }, (_, caller) =>
        assign(caller % 2 ? of(one) : of(two), ...people(10, `Caller ${caller}`), person('Shared')),
      ),
    );
    const shared = new Set(given.map((names) => names.at(-1)));
    expect(shared.size).toBe(1);
    expect(new Set(given.flat()).size).toBe(201);
    expect((await rows()).map(({ number }) => number)).toEqual(Array.from({ length: 201 }, (_, index) => index + 1));
  });

  it('takes the lowest number that is free and not typed', async () => {
    const typed = new Set(['<PERSON_1>', '<PERSON_3>']);
    expect(await assignIn(scope, of(one), people(2), typed)).toEqual(['<PERSON_2>', '<PERSON_4>']);
    expect(await assign(of(two), person('Ada'), person('Bo'), person('Cy'))).toEqual([
      '<PERSON_1>',
      '<PERSON_3>',
      '<PERSON_5>',
    ]);
  });

  it('takes proposals where they are free, and says which number it is where not', async () => {
    expect(await assign(of(one), person('Ada', '<PERSON_7>'), person('Bo'))).toEqual(['<PERSON_7>', '<PERSON_1>']);
    expect(await assign(of(two), person('Cy', '<PERSON_7>'), person('Ada', '<PERSON_9>'))).toEqual([
      '<PERSON_2>',
      '<PERSON_7>',
    ]);
    const rivals = await Promise.all(
      Array.from({ length: 10 }, (_, caller) =>
        assign(caller % 2 ? of(one) : of(two), person(`Rival ${caller}`, '<PERSON_50>')),
      ),
    );
    expect(rivals.flat().filter((name) => name === '<PERSON_50>')).toHaveLength(1);
    expect(new Set(rivals.flat()).size).toBe(10);
  });

  it('previews without writing or reserving', async () => {
    await assign(of(one), person('Ada'));
    const values = [person('Bo'), person('ada'), person('Cy', '<PERSON_9>')];
    const { placeholders: previewed } = await of(two).preview(scope, values, NOTHING_TYPED);
    expect(previewed).toEqual(['<PERSON_2>', '<PERSON_1>', '<PERSON_9>']);
    expect(await rows()).toHaveLength(1);
    expect(await assign(of(one), ...values)).toEqual(previewed);
  });

  it('keeps no value while the vault is off, and adds it when a value comes again with the vault on', async () => {
    const { placeholders } = await of(one).assign(scope, people(2), NOTHING_TYPED, false);
    expect(placeholders).toEqual(['<PERSON_1>', '<PERSON_2>']);
    expect((await rows()).map(({ sealed }) => sealed)).toEqual([false, false]);
    expect(await assign(of(one), person('person 1'))).toEqual(['<PERSON_1>']);
    expect((await rows()).map(({ sealed }) => sealed)).toEqual([true, false]);
    expect(await assign(cold(), ...people(2))).toEqual(['<PERSON_1>', '<PERSON_2>']);
    expect((await rows()).map(({ sealed }) => sealed)).toEqual([true, true]);
  });

  it('asks nothing for values that are known, and three questions for any number of new ones', async () => {
    await assign(of(one), person('Ada'));
    const log = listenToStatements(one.app);
    await Promise.all(Array.from({ length: 20 }, () => assign(of(one), person('Ada'), person('ADA'))));
    expect(log.names).toEqual([]);
    await assign(of(one), person('Ada'), ...people(200));
    log.stop();
    expect(log.names).toHaveLength(3);
  });

  it('gives the same again after its keys have left the cache', async () => {
    await assign(of(one), ...people(3));
    one.app.get(ChatKeys, { strict: false }).forget(scope);
    expect(await assign(of(one), ...people(3))).toEqual(['<PERSON_1>', '<PERSON_2>', '<PERSON_3>']);
  });

  it('keeps chats apart', async () => {
    await assign(of(one), person('Ada'), person('Bo'));
    const { id, defaultChatId } = await one.admin.workspace();
    const other = { workspaceId: id, chatId: defaultChatId };
    expect(await assignIn(other, of(one), [person('Bo')], NOTHING_TYPED)).toEqual(['<PERSON_1>']);
    const prints = await sql.query<{ count: number }>(
      'SELECT count(DISTINCT fingerprint)::int AS count FROM pii_entries WHERE chat_id = ANY ($1::uuid[])',
      [[scope.chatId, defaultChatId]],
    );
    expect(prints.rows[0]?.count).toBe(3);
  });

  it('refuses a chat that has no key, and goes on with others', async () => {
    const gone = { ...scope, chatId: '0190a000-0000-7000-8000-000000000002' };
    await expect(of(one).assign(gone, [person('Ada')], NOTHING_TYPED, true)).rejects.toMatchObject({
      code: 'chat_not_found',
    });
    expect(await assign(of(one), person('Ada'))).toEqual(['<PERSON_1>']);
  });

  it('does not slow down with ten thousand values in the chat', async () => {
    const log = listenToStatements(one.app);
    const seconds: number[] = [];
    for (let batch = 0; batch < 100; batch += 1) {
      const started = performance.now();
      const given = await assign(of(one), ...people(100, `Batch ${batch}`));
      seconds.push(performance.now() - started);
      expect(given[99]).toBe(`<PERSON_${batch * 100 + 100}>`);
    }
    log.stop();
    expect(log.names.filter((name) => name.startsWith('pii_entry'))).toHaveLength(300);
    // Reading all numbers in use for each batch would make the last ones some twenty times as slow.
    expect(median(seconds.slice(-25)) / median(seconds.slice(0, 25))).toBeLessThan(5);
  }, 60_000);
});
