import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Presidio } from '../../src/pii/presidio.js';
import type { MessageBody, WorkspaceBody } from '../support/api.js';
import { ChatClient } from '../support/chat-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface Question {
  readonly text: string;
  readonly language: string;
}

/** Speaks as Presidio's analyzer does, and finds two words: `Zorblax`, a PERSON, and `gizmo`, a GADGET. */
class Analyzer {
  readonly asked: Question[] = [];
  mode: 'up' | 'failing' | 'silent' | 'malformed' | 'outside' = 'up';
  /** Answers are held back until so many have been asked for, and then given last first. */
  together = 1;
  private held: (() => void)[] = [];
  private readonly server: Server = createServer((request, response) => void this.answer(request, response));

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/presidio`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const question = JSON.parse(await text(request)) as Question;
    this.asked.push(question);
    if (this.mode === 'silent') return;
    const isRight = request.method === 'POST' && request.url === '/presidio/analyze';
    const status = !isRight ? 404 : this.mode === 'failing' ? 500 : 200;
    this.held.push(() => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(this.body(question)));
    });
    if (this.held.length < this.together) return;
    for (const give of this.held.toReversed()) give();
    this.held = [];
  }

  private body(question: Question): unknown {
    if (this.mode === 'failing') return { error: question.text };
    if (this.mode === 'malformed') return [{ start: 0, end: 1, entity_type: 'person', score: 'high' }];
    if (this.mode === 'outside') return [{ start: 0, end: 5_000, entity_type: 'PERSON', score: 1 }];
    // In code points, as Python counts.
    const before = (units: number) => Array.from(question.text.slice(0, units)).length;
    return [...question.text.matchAll(/Zorblax|gizmo|PERSON/g)].map(({ 0: word, index }) => ({
      start: before(index),
      end: before(index + word.length),
      entity_type: word === 'gizmo' ? 'GADGET' : 'PERSON',
      score: word === 'gizmo' ? 0.6 : 0.85,
      analysis_explanation: null,
    }));
  }
}

describe('an answer of Presidio', () => {
  it.each(['malformed', 'outside'] as const)('that is %s counts as none', async (mode) => {
    const analyzer = new Analyzer();
    const url = new URL(await analyzer.start());
    const presidio = new Presidio({ url, language: 'de', timeoutMs: 5_000 });
    expect(await presidio.find('😀 gizmo')).toEqual([{ start: 3, end: 8, type: 'GADGET', score: 0.6 }]);
    analyzer.mode = mode;
    await expect(presidio.find('😀 gizmo')).rejects.toThrow();
    await analyzer.stop();
  });
});

describe('a Presidio analyzer service', () => {
  let analyzer: Analyzer;
  let service: TestApp;
  let workspace: WorkspaceBody;
  let required: WorkspaceBody;
  const start = async (choice: string) => {
    analyzer = new Analyzer();
    const url = await analyzer.start();
    service = await startTestApp({
      PII_ANALYZER: choice,
      PRESIDIO_URL: url,
      PRESIDIO_LANGUAGE: 'de',
      PRESIDIO_TIMEOUT_MS: '300',
    });
    workspace = await service.admin.workspace();
    required = await service.admin.workspace({ piiPolicy: { mode: 'required' } });
  };
  const stop = async () => {
    await service.close();
    await analyzer.stop();
  };
  const send = (to: WorkspaceBody, message: string, headers: Record<string, string> = {}) =>
    service.admin.post<MessageBody>(`/v1/spaces/${to.id}/chat`, { message }, headers);
  const masked = async (message: string, headers: Record<string, string> = {}) =>
    (await send(workspace, message, headers)).body.text;

  describe('beside the built-in detector', () => {
    beforeAll(() => start('builtin+presidio'));
    afterAll(stop);

    it('adds its finds, counted in code points of a text without disguises', async () => {
      const sent = '👩‍🚀 Zor\u200bblax 😀 has a ｇｉｚｍｏ, ada@example.org, typed <PERSON_7>';
      const { body } = await send(workspace, sent);
      expect(body.text).toBe('👩‍🚀 <PERSON_1> 😀 has a <GADGET_1>, <EMAIL_ADDRESS_1>, typed <PERSON_7>');
      expect(body.message).toBe(sent);
      const asked = analyzer.asked.at(-1);
      expect([asked?.language, asked?.text.includes('Zorblax'), asked?.text.includes('gizmo')]).toEqual([
        'de',
        true,
        true,
      ]);
    });

    it('is heard for the types that are asked for, also types that nobody else knows', async () => {
      expect(await masked('Zorblax has a gizmo', { 'X-Auto-Pii-Mapping': 'GADGET' })).toBe('Zorblax has a <GADGET_1>');
      const before = analyzer.asked.length;
      expect(await masked('Zorblax has a gizmo', { 'X-Auto-Pii-Mapping': 'false' })).toBe('Zorblax has a gizmo');
      expect(analyzer.asked.length).toBe(before);
    });

    it('keeps the order of a socket, in whatever order it answers', async () => {
      const client = await ChatClient.open(service.admin, workspace.defaultChatId);
      analyzer.together = 5;
      const acks = await Promise.all(Array.from({ length: 5 }, (_, n) => client.send(`no. ${n} is Zorblax`)));
      analyzer.together = 1;
      const sequence = acks.map(({ data }) => (data as MessageBody).seq);
      expect(sequence).toEqual(sequence.toSorted((a, b) => a - b));
      const seen = await client.until<MessageBody>('message:created', 5);
      expect(seen.map(({ text: shown }) => shown)).toEqual([0, 1, 2, 3, 4].map((n) => `no. ${n} is <PERSON_1>`));
      client.close();
    });

    it('is asked about titles and previews too', async () => {
      const chat = await service.admin.post<{ title: string }>('/chat', {
        workspaceId: workspace.id,
        title: 'On Zorblax',
      });
      expect(chat.body.title).toBe('On <PERSON_1>');
      const preview = await service.admin.post<{ redactedText: string }>('/v1/pii/detect', { text: 'On Zorblax' });
      expect(preview.body.redactedText).toBe('On <PERSON_1>');
    });
  });

  describe('alone', () => {
    beforeAll(() => start('presidio'));
    afterAll(stop);

    it('decides, together with the patterns of the workspace', async () => {
      expect(await masked('Zorblax at ada@example.org')).toBe('<PERSON_1> at ada@example.org');
      await service.admin.put(`/v1/workspaces/${workspace.id}/patterns/CASE_ID`, { expression: 'AB-[0-9]{4}X' });
      expect(await masked('Zorblax on AB-4711X')).toBe('<PERSON_1> on <CASE_ID_1>');
    });

    it('is stood in for when it fails', async () => {
      analyzer.mode = 'failing';
      expect(await masked('to ada@example.org')).toBe('to <EMAIL_ADDRESS_1>');
    });
  });

  describe('that fails', () => {
    beforeEach(() => start('builtin+presidio'));
    afterEach(stop);

    it.each(['failing', 'silent'] as const)(
      'by being %s stops messages where masking is required, and no others; after three it is left alone',
      async (mode) => {
        analyzer.mode = mode;
        const refused = await send(required, 'Zorblax at ada@example.org');
        expect([refused.status, refused.body]).toEqual([503, expect.objectContaining({ code: 'unavailable' })]);
        expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
        for (let n = 0; n < 2; n += 1) {
          expect(await masked('gizmo of ada@example.org')).toBe('gizmo of <EMAIL_ADDRESS_1>');
        }
        expect(analyzer.asked).toHaveLength(3);
        expect((await send(required, 'Zorblax')).status).toBe(503);
        expect(await masked('ada@example.org')).toBe('<EMAIL_ADDRESS_1>');
        expect(analyzer.asked).toHaveLength(3);
        const history = await service.admin.get<{ items: unknown[] }>(`/v1/spaces/${required.id}/chat`);
        expect(history.body.items).toEqual([]);
        expect((await service.admin.get('/metrics')).text).toContain('detection_failures_total{part="presidio"} 5');
        expect(service.logs.join('')).not.toMatch(/Zorblax|gizmo/);
      },
    );

    it('on a socket is told on the ack of the message, and the session goes on', async () => {
      const client = await ChatClient.open(service.admin, required.defaultChatId);
      analyzer.mode = 'failing';
      expect((await client.send('Zorblax')).error).toMatchObject({ code: 'unavailable', retryable: true });
      analyzer.mode = 'up';
      expect((await client.send('Zorblax')).data).toMatchObject({ text: '<PERSON_1>' });
      client.close();
    });
  });
});
