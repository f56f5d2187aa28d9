import { describe, expect, it } from '@jest/globals';
import { KeyRing } from '../auth/key-ring.js';
import type { Carrier } from '../database/carrier.js';
import type { Database } from '../database/database.js';
import { Notifications } from '../database/notifications.js';
import { CodedError } from '../errors/coded-error.js';
import { HealthController } from './health.controller.js';
import { Metrics } from './metrics.js';
import { Readiness } from './readiness.js';

const readinessOver = (query: () => Promise<unknown[]>, connected = true, ring = aRing()): Readiness =>
  new Readiness({ query } as unknown as Database, new Notifications({ connected } as Carrier), ring);
const aRing = (): KeyRing => new KeyRing([{ kid: 'k1', secret: Buffer.alloc(32, 1) }]);

describe('HealthController', () => {
  it('is ready when the database answers', async () => {
    const ready = (connected: boolean) =>
      new HealthController(
        readinessOver(() => Promise.resolve([]), connected),
        new Metrics(),
      ).ready();
    expect(await ready(true)).toEqual({ status: 'ok', hints: 'connected' });
    expect(await ready(false)).toEqual({ status: 'ok', hints: 'interrupted' });
  });

  it('is not ready when the database fails, and ready again when it is back', async () => {
    let alive = false;
    const readiness = readinessOver(() => (alive ? Promise.resolve([]) : Promise.reject(new Error('ada@example.org'))));
    await expect(readiness.check()).rejects.toEqual(new CodedError('unavailable'));
    alive = true;
    await expect(readiness.check()).resolves.toBeUndefined();
  });

  it('waits a second at most, with one probe however many ask', async () => {
    let probes = 0;
    const readiness = readinessOver(() => (probes++, new Promise(() => undefined)));
    const start = performance.now();
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => readiness.check()));
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(answers.every((answer) => answer.status === 'rejected')).toBe(true);
    expect(probes).toBe(1);
  });

  it('is not ready when every key that signs connection strings was revoked', async () => {
    const ring = aRing();
    const readiness = readinessOver(() => Promise.resolve([]), true, ring);
    await expect(readiness.check()).resolves.toBeUndefined();
    ring.withdraw(new Set(['k1']));
    await expect(readiness.check()).rejects.toEqual(new CodedError('no_signing_key'));
  });

  it('is not ready while the application closes', async () => {
    const readiness = readinessOver(() => Promise.resolve([]));
    readiness.onModuleDestroy();
    await expect(readiness.check()).rejects.toEqual(new CodedError('server_shutdown'));
  });

  it('exposes what was counted, for each application on its own', async () => {
    const [metrics, other] = [new Metrics(), new Metrics()];
    metrics.sends.inc({ code: 'ok' });
    metrics.httpRequests.observe({ route: '/chat/:chatId', method: 'GET', status: 200 }, 0.004);
    const text = await new HealthController(
      readinessOver(() => Promise.resolve([])),
      metrics,
    ).exposition();
    expect(text).toContain('cloakroom_sends_total{code="ok"} 1');
    expect(text).toContain('cloakroom_http_request_seconds_count{route="/chat/:chatId",method="GET",status="200"} 1');
    expect(text).toContain('process_cpu_seconds_total');
    expect(await other.registry.metrics()).not.toContain('code="ok"');
  });
});
