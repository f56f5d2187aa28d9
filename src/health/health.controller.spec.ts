import { describe, expect, it } from '@jest/globals';
import type { Database } from '../database/database.js';
import { CodedError } from '../errors/coded-error.js';
import { HealthController } from './health.controller.js';
import { Metrics } from './metrics.js';
import { Readiness } from './readiness.js';

const database = (query: () => Promise<unknown[]>): Database => ({ query }) as unknown as Database;

describe('HealthController', () => {
  it('is ready when the database answers', async () => {
    const readiness = new Readiness(database(() => Promise.resolve([])));
    expect(await new HealthController(readiness, new Metrics()).ready()).toEqual({ status: 'ok' });
  });

  it('is not ready when the database fails, and ready again when it is back', async () => {
    let alive = false;
    const readiness = new Readiness(
      database(() => (alive ? Promise.resolve([]) : Promise.reject(new Error('ada@example.org')))),
    );
    await expect(readiness.check()).rejects.toEqual(new CodedError('unavailable'));
    alive = true;
    await expect(readiness.check()).resolves.toBeUndefined();
  });

  it('waits a second at most, with one probe however many ask', async () => {
    let probes = 0;
    const readiness = new Readiness(database(() => (probes++, new Promise(() => undefined))));
    const start = performance.now();
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => readiness.check()));
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(answers.every((answer) => answer.status === 'rejected')).toBe(true);
    expect(probes).toBe(1);
  });

  it('is not ready while the application closes', async () => {
    const readiness = new Readiness(database(() => Promise.resolve([])));
    readiness.onModuleDestroy();
    await expect(readiness.check()).rejects.toEqual(new CodedError('server_shutdown'));
  });

  it('exposes what was counted, for each application on its own', async () => {
    const [metrics, other] = [new Metrics(), new Metrics()];
    metrics.sends.inc({ code: 'ok' });
    metrics.httpRequests.observe({ route: '/chat/:chatId', method: 'GET', status: 200 }, 0.004);
    const text = await new HealthController(new Readiness(database(() => Promise.resolve([]))), metrics).exposition();
    expect(text).toContain('cloakroom_sends_total{code="ok"} 1');
    expect(text).toContain('cloakroom_http_request_seconds_count{route="/chat/:chatId",method="GET",status="200"} 1');
    expect(text).toContain('process_cpu_seconds_total');
    expect(await other.registry.metrics()).not.toContain('code="ok"');
  });
});
