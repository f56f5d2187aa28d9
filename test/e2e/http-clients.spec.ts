import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { MessageBody, ProblemBody } from '../support/api.js';
import { rawCall } from '../support/raw-http.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

// The limits of slow requests are 10 s and 30 s, and are waited for.
jest.setTimeout(90_000);

/** One connection of HTTP/1.1, with bytes written and read by hand. */
class Line {
  private text = '';
  private readonly waiting = new Set<() => void>();
  /** Resolves with everything that came, once the server has closed. */
  readonly closed: Promise<string>;

  private constructor(private readonly socket: Socket) {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString();
      for (const check of this.waiting) check();
    });
    this.closed = new Promise((resolve) => socket.once('close', () => resolve(this.text)));
  }

  static async open(url: string): Promise<Line> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new Line(socket);
  }

  write(text: string): void {
    this.socket.write(text);
  }

  /** What came so far, as soon as the pattern is found in it so many times; rejects when the server closes before. */
  until(pattern: RegExp, times = 1): Promise<string> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        if ([...this.text.matchAll(new RegExp(pattern, 'g'))].length >= times) resolve(this.text);
      };
      this.waiting.add(check);
      void this.closed.then(() => reject(new Error(`closed after ${this.text}`)));
      check();
    });
  }

  close(): void {
    this.socket.destroy();
  }
}

const STATUS = /HTTP\/1\.1 \d{3}/;
const statuses = (text: string): string[] => [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status = '']) => status);

describe('clients of HTTP/1.1', () => {
  let service: TestApp;
  let path: string;
  beforeAll(async () => {
    service = await startTestApp();
    path = `/v1/chat/${(await service.admin.workspace()).defaultChatId}/messages`;
  });
  afterAll(() => service.close());

  /** Head and body of a request; `extra` are header lines. */
  const request = (method: string, target: string, body = '', extra: readonly string[] = []): string =>
    [
      `${method} ${target} HTTP/1.1`,
      'Host: localhost',
      `X-API-Key: ${service.adminKey}`,
      ...(body === '' ? [] : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`]),
      ...extra,
      '',
      body,
    ].join('\r\n');

  const send = (message: string): string => request('POST', path, JSON.stringify({ message }));

  const texts = async (): Promise<string[]> =>
    (await service.admin.get<{ items: MessageBody[] }>(path)).body.items.map(({ text }) => text);

  it('may keep a connection and ask again on it, also after a refusal', async () => {
    const line = await Line.open(service.url);
    line.write(send('kept alive'));
    await line.until(STATUS);
    line.write(request('GET', '/v1/nowhere'));
    await line.until(STATUS, 2);
    line.write(request('GET', '/v1/users/me'));
    await line.until(STATUS, 3);
    // After a body that made no sense, what follows on the line may make none either.
    line.write(request('POST', path, '{"message":'));
    expect(statuses(await line.closed)).toEqual(['201', '404', '200', '400']);
  });

  it('may send on without waiting for answers, and get them in that order', async () => {
    const line = await Line.open(service.url);
    const before = (await texts()).length;
    line.write(send('one') + request('GET', '/v1/nowhere') + send('two') + request('GET', '/health/live'));
    expect(statuses(await line.until(STATUS, 4))).toEqual(['201', '404', '201', '200']);
    expect((await texts()).slice(before).toSorted()).toEqual(['one', 'two']);
    line.close();
  });

  it('may name the whole address, as proxies do, or escape letters of the path: every cache is told to keep nothing', async () => {
    const unprefixed = path.replace('/v1', '');
    for (const target of [
      path,
      `http://localhost${path}`,
      `HTTPS://localhost${unprefixed}`,
      path.replace('v1', '%761'),
    ]) {
      const line = await Line.open(service.url);
      line.write(request('GET', target, '', ['Connection: close']));
      const answer = await line.closed;
      expect([target, ...statuses(answer)]).toEqual([target, '200']);
      expect(answer).toMatch(/^cache-control: no-store\r$/im);
    }
  });

  it('are told to go on where they ask with Expect, and refused what else they expect', async () => {
    const body = JSON.stringify({ message: 'expected' });
    const asking = await Line.open(service.url);
    const [head = ''] = request('POST', path, body, ['Expect: 100-continue']).split(body);
    asking.write(head);
    expect(statuses(await asking.until(STATUS))).toEqual(['100']);
    asking.write(body);
    expect(statuses(await asking.until(STATUS, 2))).toEqual(['100', '201']);
    asking.close();

    const wrong = await Line.open(service.url);
    wrong.write(request('POST', path, body, ['Expect: a-miracle', 'Connection: close']));
    expect(statuses(await wrong.closed)).toEqual(['417']);
  });

  it.each<[string, string, string]>([
    ['no HTTP at all', 'hello\r\n\r\n', '400 validation_failed'],
    ['a method that does not exist', 'FOO / HTTP/1.1\r\nHost: x\r\n\r\n', '400 validation_failed'],
    ['a header that is none', 'GET / HTTP/1.1\r\nHost: x\r\nX Y: 1\r\n\r\n', '400 validation_failed'],
    [
      'a path with a broken escape',
      'GET /v1/% HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      '400 validation_failed',
    ],
    [
      'headers beyond 16 KiB',
      `GET / HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(17_000)}\r\n\r\n`,
      '431 headers_too_large',
    ],
  ])(
    'that send %s are answered with a problem like any other, and told that the connection ends',
    async (_, bytes, expected) => {
      const line = await Line.open(service.url);
      line.write(bytes);
      const [head = '', text = '', ...more] = (await line.closed).split('\r\n\r\n');
      expect(more).toEqual([]);
      const problem = JSON.parse(text) as ProblemBody;
      expect([statuses(head)[0], problem.code].join(' ')).toBe(expected);
      expect(String(problem.status)).toBe(statuses(head)[0]);
      expect(head).toMatch(/^content-type: application\/problem\+json/im);
      expect(head).toMatch(/^cache-control: no-store\r$/im);
      expect(head).toMatch(/^x-content-type-options: nosniff\r$/im);
      // Whoever is not told would send the next request on a connection that is about to go, and lose it.
      expect(`${head}\r\n`).toMatch(/^connection: close\r$/im);
      expect(head).toMatch(new RegExp(`^x-request-id: ${problem.requestId}\r$`, 'im'));
    },
  );

  it.each([
    'text/plain',
    'application/xml',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'x',
    '',
  ])('with a body of type "%s" are refused', async (type) => {
    const headers = ['X-API-Key', service.adminKey, ...(type === '' ? [] : ['Content-Type', type])];
    const answer = await rawCall(service.url + path, 'POST', headers, '{"message":"typed"}');
    expect([answer.status, answer.body['code']]).toEqual([415, 'unsupported_media_type']);
    expect(await texts()).not.toContain('typed');
  });

  it('with a compressed body are refused before anything is unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, ' '));
    const small = gzipSync('{"message":"small enough"}');
    const before = process.memoryUsage().rss;
    for (const encoding of ['gzip', 'deflate', 'br', 'gzip, gzip']) {
      for (const bytes of [bomb, small]) {
        const headers = [
          'X-API-Key',
          service.adminKey,
          'Content-Type',
          'application/json',
          'Content-Encoding',
          encoding,
        ];
        const { status, body } = await rawCall(service.url + path, 'POST', headers, bytes);
        expect([400, 413, 415]).toContain(status);
        expect((body as unknown as ProblemBody).code).toMatch(/^[a-z_]+$/);
      }
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(45_000_000);
    expect(await texts()).not.toContain('small enough');
  });

  it('that are slow with their headers or bodies are cut off, and keep nobody waiting', async () => {
    const AT_ONCE = 100;
    const [head = ''] = request('POST', path, JSON.stringify({ message: 'never finished'.padEnd(5_000) })).split('{');
    const open = (text: string): Promise<Line[]> =>
      Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          const line = await Line.open(service.url);
          line.write(text);
          return line;
        }),
      );
    const [headers, bodies] = [
      await open('GET /v1/users/me HTTP/1.1\r\nHost: localhost\r\nX-'),
      await open(`${head}{"`),
    ];
    // Like slowloris: something always comes, and never enough.
    const drip = setInterval(() => {
      for (const line of [...headers, ...bodies]) line.write('a');
    }, 1_000);
    try {
      expect((await service.admin.post<MessageBody>(path, { message: 'meanwhile' })).status).toBe(201);
      const ended = await Promise.all([...headers, ...bodies].map(({ closed }) => closed));
      for (const text of ended) expect(['408', undefined]).toContain(statuses(text)[0]);
      const [told = ''] = ended.filter((text) => statuses(text)[0] === '408');
      expect(told).toMatch(/^retry-after: 1\r$/im);
      expect(told).toContain('"code":"request_timeout"');
    } finally {
      clearInterval(drip);
    }
    expect(await texts()).not.toContain('never finished');
  });
});
