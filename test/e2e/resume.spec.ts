import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Api, type MessageBody } from '../support/api.js';
import { ChatClient, type Received } from '../support/chat-client.js';
import { sequencesOf } from '../support/persistent-clients.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

/** `npm run test:simulation` drops a thousand times. */
const DROPS = Number(process.env['RESUME_DROPS'] ?? 60);

jest.setTimeout(60_000 + DROPS * 500);

type Message = MessageBody & { readonly deletedAt?: string | null };

/** What a client shows of a chat after what it was told, from message id to text. */
function apply(shown: Map<string, string>, received: readonly Received[]): void {
  for (const { event, payload } of received) {
    const { id, text } = payload as Message;
    if (event === 'message:created' || event === 'message:updated') shown.set(id, text);
    if (event === 'message:deleted') shown.set(id, '');
  }
}

describe('resuming with lastSeq', () => {
  let service: TestApp;
  let admin: Api;
  beforeAll(async () => {
    service = await startTestApp();
    ({ admin } = service);
  });
  afterAll(() => service.close());

  it('over many drops while others write, change and delete, ends with exactly what the table holds', async () => {
    const { defaultChatId: chatId } = await admin.workspace();
    const path = `/v1/chat/${chatId}/messages`;
    const writers = await Promise.all(Array.from({ length: 3 }, () => ChatClient.open(admin, chatId)));
    const stop = new AbortController();
    const writing = writers.map(async (writer, which) => {
      for (let n = 0; !stop.signal.aborted; n += 1) {
        const ack = await writer.send(n % 3 ? `w${which} ${n}` : `w${which} mail p${n}@example.org`);
        const { id } = ack.data as Message;
        if (n % 5 === 0) await admin.patch(`${path}/${id}`, { message: `edited ${n}` });
        if (n % 7 === 0) await writer.emit('reaction:set', { messageId: id, reaction: '👍', on: true });
        if (n % 11 === 0) await admin.delete(`${path}/${id}`);
      }
    });

    const ways: ((client: ChatClient) => void)[] = [
      (client) => client.close(),
      (client) => client.socket.io.engine.close(),
      (client) => (client.socket.io.engine.transport as unknown as { ws: { terminate(): void } }).ws.terminate(),
    ];
    const seqs: number[] = [];
    const shown = new Map<string, string>();
    const take = (client: ChatClient): void => {
      seqs.push(...sequencesOf(client.received));
      apply(shown, client.received);
    };
    for (let drop = 0; drop < DROPS; drop += 1) {
      const client = await ChatClient.open(admin, chatId, { lastSeq: seqs.length });
      expect(client.session?.recovered).toBe(true);
      if (drop % 3) await client.until('message:created', client.of('message:created').length + 1);
      const gone = client.closed();
      ways[drop % ways.length]?.(client);
      await gone;
      take(client);
    }
    stop.abort();
    await Promise.all(writing);
    take(await ChatClient.open(admin, chatId, { lastSeq: seqs.length }));

    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, n) => n + 1));
    const client = await ChatClient.open(admin, chatId);
    expect(client.session?.seq).toBe(seqs.length);
    const [forwards, backwards] = [await historyOf(client, 'after'), await historyOf(client, 'before')];
    expect(backwards).toEqual(forwards);
    expect(new Map(forwards.map(({ id, text }) => [id, text]))).toEqual(shown);
    for (const each of [client, ...writers]) each.close();
  });
});

/** The whole history over the socket in rising order, read from either end. */
async function historyOf(client: ChatClient, direction: 'after' | 'before'): Promise<Message[]> {
  const all: Message[] = [];
  for (let from = direction === 'after' ? 0 : Number.MAX_SAFE_INTEGER; ;) {
    const ack = await client.emit('history:get', { [direction]: from, limit: 200 });
    const { items } = ack.data as { items: Message[] };
    const next = direction === 'after' ? items.at(-1)?.seq : items[0]?.seq;
    if (next === undefined) return all;
    from = next;
    if (direction === 'after') all.push(...items);
    else all.unshift(...items);
  }
}
