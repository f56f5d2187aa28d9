import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api } from '../support/api.js';
import { ChatClient } from '../support/chat-client.js';
import { Collector, type ExportedSpan, valuesOf } from '../support/collector.js';
import { startServiceProcess } from '../support/service-process.js';

const [SERVER, FAILED] = [2, 2];
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
/** Prints at the end whether the SDK of OpenTelemetry was loaded. */
const WATCH = `--import=data:text/javascript,${encodeURIComponent(`
import { createRequire } from 'node:module';
process.on('exit', () => {
  const loaded = Object.keys(createRequire('file:///').cache).filter((path) => path.includes('opentelemetry/sdk'));
  process.stdout.write('parts of the SDK: ' + loaded.length + '\\n');
});`)}`;

describe('traces', () => {
  let collector: Collector;
  let spans: ExportedSpan[];
  let printed: string;
  let requestId: string | null;
  beforeAll(async () => {
    collector = await Collector.start();
    const service = await startServiceProcess({
      NODE_OPTIONS: WATCH,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=trial',
    });
    const admin = new Api(service.url, service.bootstrapKey);
    const { id, defaultChatId: chatId } = await admin.workspace();
    const sent = await admin.post(
      `/v1/spaces/${id}/chat`,
      { message: 'mail ada@example.org' },
      { traceparent: `00-${TRACE}-${CALLER}-01`, tracestate: 'vendor=ada@example.org', baggage: 'who=ada@example.org' },
    );
    requestId = sent.headers.get('x-request-id');
    const client = await ChatClient.open(admin, chatId);
    await client.send('call +1 212 555 0147');
    await client.send('x', {}, { messageString: undefined });
    await client.until('message:created', 1);
    client.close();
    // What is left is handed over at the end.
    expect(await service.stop()).toBe(0);
    printed = service.printed();
    spans = collector.spans;
  }, 60_000);
  afterAll(() => collector.stop());

  const named = (name: string): ExportedSpan[] => spans.filter((span) => span.name === name);
  const partsOf = (whole: ExportedSpan | undefined): string[] =>
    spans.filter(({ parentSpanId }) => parentSpanId === whole?.spanId).map(({ name }) => name);

  it('go where the standard variables say, with what they say of the service', () => {
    expect(new Set(collector.paths)).toEqual(new Set(['/v1/traces']));
    expect(collector.resource).toMatchObject({
      'service.name': 'cloakroom',
      'deployment.environment.name': 'trial',
      'service.instance.id': expect.any(String),
    });
  });

  it('tell of requests by route template, as parts of the trace of the caller', () => {
    const [request, ...others] = named('POST /v1/spaces/:spaceId/chat');
    expect(others).toEqual([]);
    expect(request).toMatchObject({ traceId: TRACE, parentSpanId: CALLER, kind: SERVER });
    expect(valuesOf(request?.attributes ?? [])).toEqual({
      'http.request.method': 'POST',
      'http.route': '/v1/spaces/:spaceId/chat',
      'http.response.status_code': 200,
      'cloakroom.request_id': requestId,
    });
    expect(partsOf(request)).toContain('detect');
  });

  it('tell of events, and why they were refused', () => {
    const [sent, refused, ...others] = named('message:send');
    expect(others).toEqual([]);
    expect([sent?.status.code, partsOf(sent).includes('detect')]).toEqual([0, true]);
    expect([refused?.status.code, valuesOf(refused?.attributes ?? [])]).toEqual([
      FAILED,
      { 'error.type': 'message_string_missing' },
    ]);
  });

  it('tell of commits, linked with the messages in them, of statements and of broadcasts', () => {
    const commits = named('commit');
    const linked = new Set(commits.flatMap(({ links }) => links.map(({ spanId }) => spanId)));
    const [request] = named('POST /v1/spaces/:spaceId/chat');
    const [event] = named('message:send');
    expect(linked).toEqual(new Set([request?.spanId, event?.spanId]));
    for (const commit of commits) expect(partsOf(commit)).toEqual(expect.arrayContaining(['message_append']));
    expect(commits.flatMap(partsOf)).toContain('broadcast');
    const [statement] = named('message_append');
    expect(valuesOf(statement?.attributes ?? [])).toEqual({ 'db.system.name': 'postgresql' });
  });

  it('tell nothing of what came in', () => {
    expect(collector.bodies.toString()).not.toMatch(/example\.org|212 ?555 ?0147|vendor/);
    expect(spans.length).toBeGreaterThan(20);
    expect(printed).toMatch(/parts of the SDK: [1-9]/);
  });

  it('cost nothing where nobody asks for them: the SDK is not even loaded', async () => {
    const service = await startServiceProcess({ NODE_OPTIONS: WATCH });
    await new Api(service.url, service.bootstrapKey).workspace();
    expect(await service.stop()).toBe(0);
    expect(service.printed()).toContain('parts of the SDK: 0');
  }, 60_000);

  it('are lost without harm where the collector is down', async () => {
    const gone = await Collector.start();
    const { url } = gone;
    await gone.stop();
    const service = await startServiceProcess({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_BSP_SCHEDULE_DELAY: '50' });
    const admin = new Api(service.url, service.bootstrapKey);
    const { id } = await admin.workspace();
    expect((await admin.post(`/v1/spaces/${id}/chat`, { message: 'x' })).status).toBe(200);
    expect(await service.stop()).toBe(0);
  }, 60_000);
});
