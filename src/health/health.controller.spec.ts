import { afterEach, describe, expect, it } from '@jest/globals';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { KeyRing } from '../auth/key-ring.js';
import { Database } from '../database/database.js';
import { Notifications } from '../database/notifications.js';
import { CodedError } from '../errors/coded-error.js';
import { toCodedError } from '../errors/to-coded-error.js';
import { HealthController } from './health.controller.js';
import { Metrics } from './metrics.js';
import { Readiness } from './readiness.js';

const openApps: INestApplicationContext[] = [];
afterEach(() => Promise.all(openApps.splice(0).map((app) => app.close())));

/** The health checks themselves, over a database that answers as it is told. */
async function readinessOver(query: () => Promise<unknown[]>, connected = true, ring = aRing()): Promise<Readiness> {
  @Module({
    imports: [TerminusModule.forRoot({ logger: false })],
    providers: [
      Readiness,
      { provide: Database, useValue: { query } },
      { provide: Notifications, useValue: { connected } },
      { provide: KeyRing, useValue: ring },
    ],
  })
  class HealthOnly {}
  const app = await NestFactory.createApplicationContext(HealthOnly, { logger: false });
  openApps.push(app);
  return app.get(Readiness);
}

const aRing = (): KeyRing => new KeyRing([{ kid: 'k1', secret: Buffer.alloc(32, 1) }]);
const answering = () => Promise.resolve([]);

describe('HealthController', () => {
  it('is ready when the database answers, also while hints do not arrive', async () => {
    const ready = async (connected: boolean) =>
      new HealthController(await readinessOver(answering, connected), new Metrics()).ready();
    expect(await ready(true)).toEqual({ status: 'ok', hints: 'connected' });
    expect(await ready(false)).toEqual({ status: 'degraded', hints: 'interrupted' });
  });

  it('is not ready when the database fails, and ready again when it is back', async () => {
    let alive = false;
    const readiness = await readinessOver(() => (alive ? answering() : Promise.reject(new Error('ada@example.org'))));
    const error: unknown = await readiness.check().catch((thrown: unknown) => thrown);
    expect(toCodedError(error)).toEqual(new CodedError('unavailable'));
    alive = true;
    await expect(readiness.check()).resolves.toMatchObject({ status: 'ok' });
  });

  it('waits a second at most, with one probe however many ask', async () => {
    let probes = 0;
    const readiness = await readinessOver(() => (probes++, new Promise(() => undefined)));
    const start = performance.now();
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => readiness.check()));
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(answers.every((answer) => answer.status === 'rejected')).toBe(true);
    expect(probes).toBe(1);
  });

  it('is not ready when every key that signs connection strings was revoked', async () => {
    const ring = aRing();
    const readiness = await readinessOver(answering, true, ring);
    await expect(readiness.check()).resolves.toMatchObject({ status: 'ok' });
    ring.withdraw(new Set(['k1']));
    await expect(readiness.check()).rejects.toEqual(new CodedError('no_signing_key'));
  });

  it('is not ready while the application closes', async () => {
    const readiness = await readinessOver(answering);
    readiness.onModuleDestroy();
    await expect(readiness.check()).rejects.toEqual(new CodedError('server_shutdown'));
  });

  it('exposes what was counted, for each application on its own', async () => {
    const [metrics, other] = [new Metrics(), new Metrics()];
    metrics.sends.inc({ code: 'ok' });
    metrics.httpRequests.observe({ route: '/chat/:chatId', method: 'GET', status: 200 }, 0.004);
    const text = await new HealthController(await readinessOver(answering), metrics).exposition();
    expect(text).toContain('cloakroom_sends_total{code="ok"} 1');
    expect(text).toContain('cloakroom_http_request_seconds_count{route="/chat/:chatId",method="GET",status="200"} 1');
    expect(text).toContain('process_cpu_seconds_total');
    expect(await other.registry.metrics()).not.toContain('code="ok"');
  });
});
