import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api } from '../support/api.js';
import { ChatClient } from '../support/chat-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

/** Names of metrics, with those that Prometheus derives from histograms. */
const NAME = /\b(?:cloakroom|nodejs|process)_\w+/g;
const namesIn = (text: string): Set<string> => new Set(text.match(NAME));

describe('metrics', () => {
  let service: TestApp;
  let exposed: string;
  beforeAll(async () => {
    service = await startTestApp();
    const { defaultChatId: chatId } = await service.admin.workspace();
    const revealer = await ChatClient.open(service.admin, chatId);
    await revealer.send('mail ada@example.org');
    await revealer.send('x', {}, { messageString: undefined });
    await revealer.emit('no:such', 'ada@example.org');
    await revealer.until('message:created', 1);
    exposed = (await new Api(service.url).get('/metrics')).text;
    revealer.close();
  });
  afterAll(() => service.close());

  it.each([
    ['sends', 'cloakroom_sends_total{code="ok"} 1'],
    ['acks', 'cloakroom_acks_total{event="message:send",code="ok"} 1'],
    ['refusals', 'cloakroom_acks_total{event="message:send",code="message_string_missing"} 1'],
    ['events that do not exist, without their names', 'cloakroom_acks_total{event="unknown",code="unknown_event"} 1'],
    ['commits', 'cloakroom_commit_batch_messages_count 1'],
    ['the time of commits', 'cloakroom_commit_seconds_count 1'],
    ['detections', /^cloakroom_detection_seconds_count [1-9]/m],
    ['what was found', 'cloakroom_detected_spans_total{type="EMAIL_ADDRESS"} 1'],
    ['what was sealed', 'cloakroom_vault_values_total{operation="seal"} 1'],
    ['deliveries', 'cloakroom_deliveries_total 1'],
    ['queues', 'cloakroom_queue_length{queue="messages"} 0'],
    ['connections to the database', /^cloakroom_database_connections\{state="idle"\} [1-9]/m],
    ['calls', /^cloakroom_http_request_seconds_count\{route="\/v1\/workspaces",method="POST",status="201"\} 1$/m],
    ['the event loop', /^nodejs_eventloop_lag_p99_seconds /m],
  ])('count %s', (_, line) => {
    if (typeof line === 'string') expect(exposed.split('\n')).toContain(line);
    else expect(exposed).toMatch(line);
  });

  it('tell nothing of what came in', () => {
    expect(exposed).not.toMatch(/example\.org|no:such/);
  });

  it.each(['deploy/grafana/cloakroom.json', 'deploy/prometheus/alerts.yaml', 'docs/operations.md'])(
    'have the names that %s uses',
    (file) => {
      const known = namesIn(exposed);
      const used = [...namesIn(readFileSync(file, 'utf8'))];
      expect(used.length).toBeGreaterThan(5);
      expect(used.filter((name) => !known.has(name))).toEqual([]);
    },
  );
});
