import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { type ChatEvent, created } from '../../src/chat/feed/chat-event.js';
import { ChatFeed } from '../../src/chat/feed/chat-feed.js';
import { Metrics } from '../../src/health/metrics.js';
import { Traces } from '../../src/tracing/traces.js';
import { MessageWriter } from '../../src/chat/messages/message-writer.js';
import { type ChatFixture, createChatFixture } from '../support/chat-fixture.js';

jest.setTimeout(60_000);

const oneTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);
const MAX_BATCH = 256;
const MAX_WAITING = 10_000;

describe('MessageWriter', () => {
  let fixture: ChatFixture;
  let feed: ChatFeed;
  let writer: MessageWriter;
  let other: Client;
  beforeAll(async () => {
    fixture = await createChatFixture();
    feed = new ChatFeed(fixture.events);
    writer = new MessageWriter(fixture.messages, feed, new Metrics(), new Traces());
    other = new Client({ connectionString: fixture.database.url });
    await other.connect();
  });
  afterAll(async () => {
    await other.end();
    await fixture.close();
  });

  it('numbers messages in the order in which they came, many to a commit', async () => {
    const [chat, second] = [await fixture.newChat(), await fixture.newChat()];
    const append = jest.spyOn(fixture.messages, 'append');
    const views = await Promise.all(oneTo(1_000).map((n) => writer.write((n % 2 ? chat : second).message(`m${n}`))));
    expect(append.mock.calls.length).toBeLessThanOrEqual(Math.ceil(1_000 / MAX_BATCH));
    append.mockRestore();
    for (const { chatId } of [chat, second]) {
      const mine = views.filter((view) => view.chatId === chatId);
      expect(mine.map(({ seq }) => seq)).toEqual(oneTo(500));
      expect(mine.map(({ text }) => Number(text.slice(1)))).toEqual(
        mine.map(({ text }) => Number(text.slice(1))).toSorted((a, b) => a - b),
      );
    }
  });

  it('resolves after the commit, and tells the feed before the sender', async () => {
    const chat = await fixture.newChat();
    const seen: ChatEvent[] = [];
    feed.listen((events) => seen.push(...events));
    await fixture.follow(feed, chat);
    const view = await writer.write(chat.message('here'));
    expect(seen).toEqual([created(view)]);
    const { rows } = await other.query('SELECT text FROM messages WHERE chat_id = $1', [chat.chatId]);
    expect(rows).toEqual([{ text: 'here' }]);
  });

  it('lets what comes a turn later go along where many read, since each batch is a write to each of them', async () => {
    const [few, many] = [await fixture.newChat(), await fixture.newChat()];
    const readers = [
      ...oneTo(2).map(() => fixture.follow(feed, few)),
      ...oneTo(30).map(() => fixture.follow(feed, many)),
    ];
    const append = jest.spyOn(fixture.messages, 'append');
    const batches: number[][] = [];
    for (const chat of [few, many]) {
      append.mockClear();
      const alone = new MessageWriter(fixture.messages, feed, new Metrics(), new Traces());
      const first = alone.write(chat.message('first'));
      await turnOfEventLoop();
      await Promise.all([first, alone.write(chat.message('second'))]);
      batches.push(append.mock.calls.map(([batch]) => batch.length));
    }
    append.mockRestore();
    expect(batches).toEqual([[1, 1], [2]]);
    for (const following of await Promise.all(readers)) following.close();
  });

  it('writes one half of what is under way while the senders of the other half go on', async () => {
    const chat = await fixture.newChat();
    const append = jest.spyOn(fixture.messages, 'append');
    const alone = new MessageWriter(fixture.messages, feed, new Metrics(), new Traces());
    const sender = async (name: number): Promise<void> => {
      for (const n of oneTo(6)) {
        await alone.write(chat.message(`${name}-${n}`));
        await turnOfEventLoop();
      }
    };
    const early = oneTo(10).map(sender);
    await turnOfEventLoop();
    await Promise.all([...early, ...oneTo(90).map((n) => sender(10 + n))]);
    const sizes = append.mock.calls.map(([batch]) => batch.length);
    append.mockRestore();
    expect(sizes[0]).toBeLessThanOrEqual(10);
    expect(sizes.slice(3, 10)).toEqual(Array.from({ length: 7 }, () => 50));
  });

  it('answers repetitions within a batch with the first, and keeps the others in order around it', async () => {
    const chat = await fixture.newChat();
    const calls = oneTo(60).map((n) => chat.message(`m${n}`, n % 3 ? {} : { clientMessageId: 'same' }));
    const views = await Promise.all(calls.map((message) => writer.write(message)));
    const same = views.filter((_, index) => (index + 1) % 3 === 0);
    expect(new Set(same.map(({ id }) => id)).size).toBe(1);
    expect(same[0]?.text).toBe('m3');
    expect(views.filter((_, index) => (index + 1) % 3).map(({ seq }) => seq)).toEqual(
      oneTo(41).filter((seq) => seq !== 3),
    );
  });

  it('lets two nodes bring the same ids at once, and writes each once', async () => {
    const chat = await fixture.newChat();
    const writers = oneTo(4).map(() => new MessageWriter(fixture.messages, feed, new Metrics(), new Traces()));
    const answers = await Promise.all(
      writers.map((node) =>
        Promise.all(oneTo(300).map((n) => node.write(chat.message(`m${n}`, { clientMessageId: `id-${n}` })))),
      ),
    );
    for (const answer of answers) expect(answer.map(({ id }) => id)).toEqual(answers[0]?.map(({ id }) => id));
    const { rows } = await other.query<{ seq: string }>('SELECT seq FROM messages WHERE chat_id = $1 ORDER BY seq', [
      chat.chatId,
    ]);
    expect(rows.map(({ seq }) => Number(seq))).toEqual(oneTo(300));
  });

  it('refuses whose right has ended while they waited, and gives them no number', async () => {
    const chat = await fixture.newChat();
    const stranger = '019aa000-0000-7000-8000-000000000000';
    const results = await Promise.allSettled(
      oneTo(9).map((n) => writer.write(chat.message(`m${n}`, n % 3 ? {} : { senderId: stranger }))),
    );
    expect(results.map((result) => (result.status === 'fulfilled' ? result.value.seq : result.reason))).toMatchObject([
      1,
      2,
      { code: 'forbidden' },
      3,
      4,
      { code: 'forbidden' },
      5,
      6,
      { code: 'forbidden' },
    ]);
  });

  it('has a bound to what may wait, and answers all that it took', async () => {
    const chat = await fixture.newChat();
    await other.query('BEGIN');
    await other.query('SELECT 1 FROM chats WHERE id = $1 FOR UPDATE', [chat.chatId]);
    const first = writer.write(chat.message('holds the line'));
    // The first batch is on its way as soon as the microtasks of this turn have run.
    await new Promise((resolve) => setImmediate(resolve));
    const accepted = oneTo(MAX_WAITING).map((n) => writer.write(chat.message(`m${n}`)));
    await expect(writer.write(chat.message('too much'))).rejects.toMatchObject({
      code: 'overloaded',
      details: { retryAfter: 1 },
    });
    await other.query('COMMIT');
    expect((await first).seq).toBe(1);
    expect((await Promise.all(accepted)).map(({ seq }) => seq)).toEqual(oneTo(MAX_WAITING).map((n) => n + 1));
  });

  it('rejects a batch whose connection was cut, and goes on with the next', async () => {
    const chat = await fixture.newChat();
    await other.query('BEGIN');
    await other.query('SELECT 1 FROM chats WHERE id = $1 FOR UPDATE', [chat.chatId]);
    const cut = writer.write(chat.message('cut', { clientMessageId: 'again' }));
    const failed = expect(cut).rejects.toMatchObject({ code: 'unavailable' });
    const next = writer.write(chat.message('next', { clientMessageId: 'again' }));
    for (let rows = 0; rows === 0;) {
      const waiting = await other.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      rows = waiting.rowCount ?? 0;
    }
    await other.query('COMMIT');
    await failed;
    expect(await next).toMatchObject({ seq: 1, text: 'next' });
  });
});
