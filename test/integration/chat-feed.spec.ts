import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import { type ChatEvent, chatOf, created } from '../../src/chat/feed/chat-event.js';
import { ChatFeed, type Following } from '../../src/chat/feed/chat-feed.js';
import { type ChatFixture, type ChatOfFixture, createChatFixture } from '../support/chat-fixture.js';

jest.setTimeout(60_000);

const oneTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);

describe('ChatFeed', () => {
  let fixture: ChatFixture;
  beforeAll(async () => {
    fixture = await createChatFixture();
  });
  afterAll(() => fixture.close());

  /** A node: what its readers were shown, and how to wait for it. */
  function newNode() {
    const feed = new ChatFeed(fixture.events);
    const shown: ChatEvent[] = [];
    const waiting = new Set<() => void>();
    feed.listen((events) => {
      shown.push(...events);
      for (const check of waiting) check();
    });
    const met = (isMet: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        const check = (): void => void (isMet() && resolve());
        waiting.add(check);
        check();
      });
    const until = (seq: number): Promise<void> => met(() => (shown.at(-1)?.seq ?? 0) >= seq);
    const untilAll = (count: number): Promise<void> => met(() => shown.length >= count);
    return { feed, shown, until, untilAll, seqs: () => shown.map(({ seq }) => seq) };
  }

  const commit = async (chat: ChatOfFixture, count: number): Promise<ChatEvent[]> =>
    (await fixture.messages.append(oneTo(count).map((n) => chat.message(`m${n}`)))).flatMap((result) =>
      result.outcome === 'written' ? [created(result.view)] : [],
    );

  it('shows nothing of chats that nobody follows, nor of what was before', async () => {
    const [chat, other] = [await fixture.newChat(), await fixture.newChat()];
    const { feed, shown } = newNode();
    await commit(chat, 5);
    const following = await fixture.follow(feed, chat);
    expect(following.seq).toBe(5);
    feed.publish(await commit(other, 3));
    feed.publish(await commit(chat, 2));
    expect(shown.map((event) => [chatOf(event), event.seq])).toEqual([
      [chat.chatId, 6],
      [chat.chatId, 7],
    ]);
    expect(following.seq).toBe(7);
    following.close();
    feed.publish(await commit(chat, 1));
    expect(shown).toHaveLength(2);
  });

  it('forgets a chat whose readers all let go before they began, and can follow it later', async () => {
    const { feed, seqs } = newNode();
    const chat = await fixture.newChat();
    const refused = oneTo(3).map(() => feed.follow(chat.workspaceId, chat.chatId));
    expect(feed.openChats()).toHaveLength(1);
    for (const following of refused) following.close();
    expect(feed.openChats()).toEqual([]);
    feed.publish(await commit(chat, 1));
    expect((await fixture.follow(feed, chat)).seq).toBe(1);
    feed.publish(await commit(chat, 1));
    expect(seqs()).toEqual([2]);
  });

  it.each([
    [0, 1],
    [1, 0],
  ])('misses nothing that is committed while its readers find out how far it is', async (first, second) => {
    const { feed, seqs, until } = newNode();
    const chat = await fixture.newChat();
    const [early, late] = oneTo(2).map(() => feed.follow(chat.workspaceId, chat.chatId));
    const found: number[] = [];
    for (const count of [2, 3]) {
      const [chatNow] = await fixture.chats.lastSeqs([chat]);
      found.push(chatNow?.lastSeq ?? NaN);
      feed.publish(await commit(chat, count));
    }
    expect(found).toEqual([0, 2]);
    early?.begin(found[first] ?? NaN);
    late?.begin(found[second] ?? NaN);
    await until(5);
    expect(seqs()).toEqual(oneTo(5).slice(found[first]));
    expect([early?.seq, late?.seq]).toEqual([5, 5]);
  });

  it('stays open for those who stay, however often others let go', async () => {
    const chat = await fixture.newChat();
    const { feed, seqs } = newNode();
    const [leaving, staying] = [await fixture.follow(feed, chat), await fixture.follow(feed, chat)];
    leaving.close();
    leaving.close();
    leaving.close();
    feed.publish(await commit(chat, 2));
    expect(seqs()).toEqual([1, 2]);
    expect(staying.seq).toBe(2);
  });

  it('fills a gap from the table, also when the database is away for a while', async () => {
    const chat = await fixture.newChat();
    const { feed, seqs, until } = newNode();
    await fixture.follow(feed, chat);
    const after = jest.spyOn(fixture.events, 'after').mockRejectedValueOnce(new Error('away'));
    await commit(chat, 450);
    feed.publish(await commit(chat, 1));
    feed.publish(await commit(chat, 3));
    await until(454);
    after.mockRestore();
    expect(seqs()).toEqual(oneTo(454));
  });

  it('does not wait for what was announced and is not there', async () => {
    const chat = await fixture.newChat();
    const { feed, seqs, until } = newNode();
    await fixture.follow(feed, chat);
    const after = jest.spyOn(fixture.events, 'after');
    feed.hint(chat.chatId, 99);
    feed.publish(await commit(chat, 1));
    await until(1);
    feed.publish(await commit(chat, 1));
    await until(2);
    expect(seqs()).toEqual([1, 2]);
    expect(after.mock.calls.length).toBeLessThan(10);
    after.mockRestore();
  });

  it('misses nothing after an announcement that was too high', async () => {
    const chat = await fixture.newChat();
    const { feed, seqs, until } = newNode();
    const following = await fixture.follow(feed, chat);
    const read = fixture.events.after.bind(fixture.events);
    const after = jest.spyOn(fixture.events, 'after').mockImplementationOnce(async (cursors, limit) => {
      const nothing = await read(cursors, limit);
      // A gap, for this look has been too early for the first.
      await commit(chat, 1);
      feed.publish(await commit(chat, 1));
      return nothing;
    });
    feed.hint(chat.chatId, 99);
    await until(2);
    after.mockRestore();
    await following.reach(3);
    await commit(chat, 1);
    feed.hint(chat.chatId, 3);
    await until(3);
    expect(seqs()).toEqual([1, 2, 3]);
  });

  it('finds out what became of a commit that was never answered', async () => {
    const chat = await fixture.newChat();
    const { feed, seqs, until } = newNode();
    await fixture.follow(feed, chat);
    await commit(chat, 2);
    feed.suspect(chat.workspaceId, chat.chatId);
    await until(2);
    expect(seqs()).toEqual([1, 2]);
  });

  it('looks once for a hint that tells the truth', async () => {
    const chat = await fixture.newChat();
    const { feed, seqs, until } = newNode();
    const following = await fixture.follow(feed, chat);
    const after = jest.spyOn(fixture.events, 'after');
    for (const seq of [3, 5]) {
      await commit(chat, seq - following.seq);
      feed.hint(chat.chatId, seq);
      await until(seq);
    }
    feed.publish(await commit(chat, 1));
    expect(seqs()).toEqual(oneTo(6));
    expect(after).toHaveBeenCalledTimes(2);
    after.mockRestore();
  });

  it('reads many chats with one statement, those that came meanwhile with the next, and lets none of them wait for a long one', async () => {
    const { feed, shown, untilAll } = newNode();
    const chats = await Promise.all(oneTo(150).map(() => fixture.newChat()));
    const [long] = chats;
    if (!long) throw new Error('there is no chat');
    for (const chat of chats) await fixture.follow(feed, chat);
    await commit(long, 1_000);
    await fixture.messages.append(chats.flatMap((chat) => [chat.message('a'), chat.message('b')]));
    const after = jest.spyOn(fixture.events, 'after');
    for (const { chatId } of chats) feed.hint(chatId, chatId === long.chatId ? 1_002 : 2);
    await untilAll(1_002 + 149 * 2);
    const asked = after.mock.calls.map(([cursors]) => cursors.length);
    after.mockRestore();
    // The first is on its way at once; the long one stands behind the others after each of its pages.
    expect(asked.slice(0, 3)).toEqual([1, 100, 50]);
    expect(asked.length).toBeLessThan(12);
    const shorts = shown.findLastIndex((event) => chatOf(event) !== long.chatId);
    expect(shown.slice(shorts).length).toBeGreaterThan(500);
    for (const { chatId } of chats) {
      const seqs = shown.filter((event) => chatOf(event) === chatId).map(({ seq }) => seq);
      expect(seqs).toEqual(oneTo(chatId === long.chatId ? 1_002 : 2));
    }
  });

  it('keeps nobody from his events for the sake of a chat that cannot be read', async () => {
    const { feed, shown, untilAll } = newNode();
    const chats = await Promise.all(oneTo(4).map(() => fixture.newChat()));
    const [broken] = chats;
    for (const chat of chats) await fixture.follow(feed, chat);
    await fixture.messages.append(chats.map((chat) => chat.message('a')));
    const read = fixture.events.after.bind(fixture.events);
    const after = jest.spyOn(fixture.events, 'after').mockImplementation((cursors, limit) => {
      if (cursors.some(({ chatId }) => chatId === broken?.chatId)) return Promise.reject(new Error('broken'));
      return read(cursors, limit);
    });
    for (const { chatId } of chats) feed.hint(chatId, 1);
    await untilAll(3);
    expect(shown.map(chatOf)).not.toContain(broken?.chatId);
    after.mockRestore();
    await untilAll(4);
  });

  it('shows a chat once that was let go and opened again while it waited for a look', async () => {
    const [chat, other] = [await fixture.newChat(), await fixture.newChat()];
    const { feed, seqs } = newNode();
    const left = await fixture.follow(feed, chat);
    const elsewhere = await fixture.follow(feed, other);
    const read = fixture.events.after.bind(fixture.events);
    let back: Following | undefined;
    const after = jest.spyOn(fixture.events, 'after').mockImplementationOnce(async (cursors, limit) => {
      feed.suspect(chat.workspaceId, chat.chatId);
      left.close();
      back = await fixture.follow(feed, chat);
      await commit(chat, 2);
      feed.hint(chat.chatId, 2);
      return read(cursors, limit);
    });
    await elsewhere.reach(1);
    await back?.reach(2);
    after.mockRestore();
    expect(seqs()).toEqual([1, 2]);
  });

  it('catches up with what a reader has seen elsewhere, and does not wait for what is nowhere', async () => {
    const chat = await fixture.newChat();
    const { feed, seqs } = newNode();
    const following = await fixture.follow(feed, chat);
    await commit(chat, 3);
    feed.suspect(chat.workspaceId, chat.chatId);
    await commit(chat, 2);
    await following.reach(5);
    expect([following.seq, seqs()]).toEqual([5, oneTo(5)]);
    await following.reach(99);
    expect(following.seq).toBe(5);
    feed.publish(await commit(chat, 1));
    expect(seqs()).toEqual(oneTo(6));
  });

  it('lets nobody wait for the end of a chat that moves on all the time', async () => {
    const chat = await fixture.newChat();
    const { feed, seqs } = newNode();
    const following = await fixture.follow(feed, chat);
    await commit(chat, 3);
    const read = fixture.events.after.bind(fixture.events);
    const after = jest.spyOn(fixture.events, 'after').mockImplementation(async (cursors, limit) => {
      const pages = await read(cursors, limit);
      for (const { seq } of await commit(chat, 1)) feed.hint(chat.chatId, seq);
      return pages;
    });
    await following.reach(3);
    expect(after.mock.calls.length).toBeLessThan(5);
    after.mockRestore();
    following.close();
    expect(seqs().slice(0, 3)).toEqual([1, 2, 3]);
  });

  it('shows every message once and in order, whatever comes when, from wherever', async () => {
    const step = fc.oneof(
      fc.record({
        what: fc.constantFrom('commit here', 'commit here', 'commit elsewhere', 'commit and tell later'),
        count: fc.integer({ min: 1, max: 4 }),
      }),
      fc.record({ what: fc.constant('tell again'), count: fc.nat(20) }),
      fc.record({ what: fc.constantFrom('suspect', 'hint', 'another reader'), count: fc.constant(0) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        const chat = await fixture.newChat();
        const { feed, seqs, until } = newNode();
        const known: ChatEvent[] = [];
        const [late, readers]: [ChatEvent[], Following[]] = [[], [await fixture.follow(feed, chat)]];
        for (const { what, count } of steps) {
          if (what === 'suspect') feed.suspect(chat.workspaceId, chat.chatId);
          else if (what === 'hint') feed.hint(chat.chatId, known.length);
          else if (what === 'another reader') readers.push(await fixture.follow(feed, chat));
          else if (what === 'tell again') feed.publish(known.slice(count, count + 3).toReversed());
          else {
            const events = await commit(chat, count);
            known.push(...events);
            if (what === 'commit here') feed.publish(events);
            if (what === 'commit and tell later') late.push(...events);
          }
        }
        feed.publish(late.toReversed());
        feed.publish(await commit(chat, 1));
        await until(known.length + 1);
        expect(seqs()).toEqual(oneTo(known.length + 1));
        for (const reader of readers) {
          expect(reader.seq).toBe(known.length + 1);
          reader.close();
        }
        expect(feed.openChats()).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
