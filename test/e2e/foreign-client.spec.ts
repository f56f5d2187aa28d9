import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Api, type MessageBody } from '../support/api.js';
import { type AckBody, ChatClient, type Session, type Ticket, ticketFor } from '../support/chat-client.js';
import { openCutLine } from '../support/cut-line.js';
import { RawSocket } from '../support/raw-socket.js';
import { encodePieces } from '../support/reference-pae.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

jest.setTimeout(60_000);

/** Debian's own Python first: another one in the path knows nothing of Debian's packages. */
const python = ['/usr/bin/python3', 'python3'].find(
  (candidate) => spawnSync(candidate, ['-c', 'import socketio, websocket']).status === 0,
);
if (python === undefined) {
  console.warn('foreign-client: skipped, since python3-socketio and python3-websocket are not importable');
}
const withPython = python === undefined ? it.skip : it;

interface Line {
  readonly event?: string;
  readonly payload?: unknown;
  readonly ack?: AckBody;
}

/** The client in Python, as a process of its own. */
class PythonClient {
  readonly lines: Line[] = [];
  readonly ended: Promise<number | null>;
  private readonly waiting = new Set<() => void>();

  private constructor(private readonly child: ChildProcess) {
    this.ended = new Promise((resolve) => child.once('close', resolve));
    if (child.stdout) {
      createInterface({ input: child.stdout }).on('line', (line) => {
        this.lines.push(JSON.parse(line) as Line);
        for (const check of this.waiting) check();
      });
    }
  }

  static start(url: string, chatId: string, { connectionString, messageKey }: Ticket): PythonClient {
    const child = spawn(
      python ?? 'python3',
      ['test/support/python_client.py', url, chatId, connectionString, messageKey],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    return new PythonClient(child);
  }

  /** Lines that fit, as soon as there are so many. */
  async until(count: number, fits: (line: Line) => boolean): Promise<Line[]> {
    await new Promise<void>((resolve, reject) => {
      const check = (): void => void (this.lines.filter(fits).length >= count && resolve());
      this.waiting.add(check);
      void this.ended.then((code) => reject(new Error(`the Python client ended with ${code}`)));
      check();
    });
    return this.lines.filter(fits);
  }

  async events<Payload>(event: string, count: number): Promise<Payload[]> {
    return (await this.until(count, (line) => line.event === event)).map(({ payload }) => payload as Payload);
  }

  async command(command: object): Promise<AckBody | undefined> {
    const before = this.lines.filter(({ ack }) => ack).length;
    this.child.stdin?.write(`${JSON.stringify(command)}\n`);
    return (await this.until(before + 1, ({ ack }) => ack !== undefined))[before]?.ack;
  }

  async close(): Promise<number | null> {
    this.child.stdin?.end();
    return this.ended;
  }
}

describe('clients that others wrote', () => {
  let service: TestApp;
  let admin: Api;
  let chatId: string;
  beforeAll(async () => {
    service = await startTestApp();
    ({ admin } = service);
    chatId = (await admin.workspace()).defaultChatId;
  });
  afterAll(() => service.close());

  withPython('in Python and JavaScript hear each other, masked, in the order of seq', async () => {
    const [python, script] = [
      PythonClient.start(service.url, chatId, await ticketFor(admin, chatId)),
      await ChatClient.open(admin, chatId),
    ];
    const [session] = await python.events<Session>('session', 1);
    expect(session).toMatchObject({ chat: { id: chatId }, seq: 0, recovered: false });

    const fromPython = await python.command({ send: 'Zoë 👩‍🚀 asks zoe@example.org', autoPiiMapping: 'EMAIL_ADDRESS' });
    expect(fromPython).toMatchObject({
      ok: true,
      data: {
        seq: 1,
        message: 'Zoë 👩‍🚀 asks zoe@example.org',
        text: 'Zoë 👩‍🚀 asks <EMAIL_ADDRESS_1>',
        positions: [{ start: 13, end: 30, type: 'EMAIL_ADDRESS', placeholder: '<EMAIL_ADDRESS_1>' }],
        piiMapping: { '<EMAIL_ADDRESS_1>': 'zoe@example.org' },
      },
    });
    const mapped = await python.command({
      send: 'Zoë again',
      piiMapping: JSON.stringify({ '<PERSON_1>': 'Zoë' }),
      autoPiiMapping: 'false',
    });
    expect(mapped).toMatchObject({ ok: true, data: { seq: 2, text: '<PERSON_1> again' } });
    expect((await script.send('Zoë@Example.org? zoe@example.org!', { autoPiiMapping: 'EMAIL_ADDRESS' })).ok).toBe(true);

    const seen = [
      await python.events<MessageBody>('message:created', 3),
      await script.until<MessageBody>('message:created', 3),
    ];
    expect(seen[0]).toEqual(seen[1]);
    expect(seen[0]?.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(JSON.stringify(seen)).not.toContain('zoe@example.org');

    const history = await python.command({ emit: 'history:get', payload: { after: 1, limit: 1 } });
    expect(history).toMatchObject({ ok: true, data: { items: [{ seq: 2 }] } });
    expect(await python.command({ emit: 'no:such', payload: {} })).toMatchObject({ error: { code: 'unknown_event' } });
    script.close();
    expect(await python.close()).toBe(0);
  });

  withPython('in Python learn the code of a refusal', async () => {
    const ticket = await ticketFor(admin, chatId);
    const client = PythonClient.start(service.url, chatId, { ...ticket, connectionString: 'forged' });
    const [refusal] = await client.events('connect_error', 1);
    expect(refusal).toMatchObject({ data: { code: 'connection_string_invalid' } });
    expect(await client.ended).toBe(2);
  });

  withPython('as the example in Python come back by themselves and send each message once', async () => {
    const chat = (await admin.workspace()).defaultChatId;
    // The client of WebSockets below names the address that it connects to as its origin.
    const allowing = await startTestApp({ ALLOWED_ORIGINS: '*' }, service);
    const line = await openCutLine(allowing.url);
    const program = `
import sys
sys.path.insert(0, "examples")
import client
client.ANSWER_SECONDS = 2
with client.Chat(*sys.argv[1:]) as chat:
    for n in range(8):
        print(chat.send(f"m{n}")["seq"], flush=True)
    print(",".join(str(chat.messages.get(timeout=20)["seq"]) for n in range(8)), flush=True)
`;
    const child = spawn(python ?? 'python3', ['-c', program, line.url, service.adminKey, chat], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const printed: string[] = [];
    createInterface({ input: child.stdout }).on('line', (text) => {
      printed.push(text);
      if (text === '2' || text === '5') line.cutAtAnswer();
    });
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
    expect(printed).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '1,2,3,4,5,6,7,8']);
    expect(line.connections()).toBeGreaterThan(4);
    await line.close();
    await allowing.close();
  });

  it('by hand on a bare WebSocket need nothing but the protocol', async () => {
    const chat = (await admin.workspace()).defaultChatId;
    const { connectionString, messageKey } = await ticketFor(admin, chat);
    const raw = await RawSocket.open(service.url);
    const hello = JSON.parse((await raw.until((text) => text.startsWith('0'))).slice(1)) as object;
    expect(hello).toMatchObject({ upgrades: [], maxPayload: 65_536 });
    raw.knock({ chatId: chat, connectionString });
    expect(await raw.until((text) => text.startsWith('40/connect,'))).toContain('"sid"');
    await raw.until((text) => text.startsWith('42/connect,["session"'));
    const [session] = raw.of<Session>('session');

    const clientMessageId = randomUUID();
    const pieces = [
      'cloakroom/message/v1',
      session?.sessionId ?? '',
      '1',
      'message:send',
      chat,
      clientMessageId,
      'by hand',
      '',
      '',
      '',
      '',
    ];
    const mac = createHmac('sha256', Buffer.from(messageKey, 'base64url'))
      .update(encodePieces(pieces))
      .digest('base64url');
    raw.emit(5, 'message:send', { message: 'by hand', counter: 1, clientMessageId, messageString: `ms1_${mac}` });
    expect(await raw.answer<AckBody>(5)).toMatchObject({ ok: true, data: { seq: 1, text: 'by hand' } });
    await raw.until((text) => text.startsWith('42/connect,["message:created"'));
    expect(raw.of<MessageBody>('message:created')).toMatchObject([{ seq: 1, text: 'by hand', clientMessageId }]);
    raw.close();
  });
});
