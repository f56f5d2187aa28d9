import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { ObjectStore } from '../../src/chat/attachments/object-store.js';
import { Service } from '../../src/cli/service.js';
import { getConnectionString } from '../../src/client/connection-string.js';
import { loadConfig } from '../../src/config/config.js';
import { Presidio } from '../../src/pii/presidio.js';
import { KeyManagementClient } from '../../src/pii/vault/keys/key-management-client.js';
import { Api, refusal } from '../support/api.js';
import { startServiceProcess } from '../support/service-process.js';
import { startTestApp, TEST_SECRETS } from '../support/test-app.js';

jest.setTimeout(60_000);

const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const listening = (server: Server): Promise<void> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve()));

describe('calls to others that are led elsewhere', () => {
  let status = 307;
  const led: string[] = [];
  const arrived: string[] = [];
  const jwks: { keys: JWK[] } = { keys: [] };
  /** Would answer what is asked of a key set, so that following would be of use. */
  const elsewhere = createServer(({ url = '' }, response) => {
    arrived.push(url);
    response.end(JSON.stringify(jwks));
  });
  const signpost = createServer((request, response) => {
    led.push(request.url ?? '');
    request.resume().on('end', () => response.writeHead(status, { location: urlOf(elsewhere) + request.url }).end());
  });
  beforeAll(() => Promise.all([listening(elsewhere), listening(signpost)]));
  afterAll(() => {
    for (const server of [elsewhere, signpost]) {
      server.closeAllConnections();
      server.close();
    }
  });
  afterEach(() => {
    expect(led.splice(0).length).toBeGreaterThan(0);
    expect(arrived.splice(0)).toEqual([]);
  });

  /** With each way to lead elsewhere, those that keep the method and the body among them. */
  async function expectRefusal(call: () => Promise<unknown>, reason: string): Promise<void> {
    for (status of [301, 302, 303, 307, 308]) await expect(call()).rejects.toThrow(reason);
  }

  it('stay away: to the object store', async () => {
    const config = loadConfig({
      NODE_ENV: 'test',
      DATABASE_URL: 'postgres://127.0.0.1/none',
      ATTACHMENT_STORE_URL: `${urlOf(signpost)}/files`,
      ATTACHMENT_STORE_ACCESS_KEY: 'AKIDEXAMPLE',
      ATTACHMENT_STORE_SECRET_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
      ...TEST_SECRETS,
    });
    const store = new ObjectStore(config);
    for (const call of [() => store.size('a/b/c'), () => store.read('a/b/c'), () => store.remove('a/b/c')]) {
      await expectRefusal(call, 'unavailable');
    }
  });

  it('stay away: to the key service', async () => {
    const scope = { workspaceId: 'a', chatId: 'b' };
    // After three failures one is left alone for a while.
    const client = () => new KeyManagementClient({ url: new URL(urlOf(signpost)), token: 'secret' });
    await expectRefusal(() => client().wrap(Buffer.alloc(32), scope), 'unavailable');
    await expectRefusal(() => client().unwrap({ kid: 'k', wrapped: Buffer.alloc(60) }, scope), 'unavailable');
    await expectRefusal(() => client().destroy('k'), 'unavailable');
  });

  it('stay away: to Presidio', async () => {
    const service = { url: new URL(urlOf(signpost)), language: 'en', timeoutMs: 5_000 };
    await expectRefusal(() => new Presidio(service).find('mail ada@example.org'), 'fetch failed');
  });

  it('stay away: to the key set of the issuer, whatever address a token names', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    jwks.keys.push({ ...(await exportJWK(publicKey)), kid: 'rsa', alg: 'RS256', use: 'sig' });
    const issuer = 'https://login.example.test';
    const service = await startTestApp({
      JWT_ISSUER: issuer,
      JWT_AUDIENCE: 'cloakroom',
      JWT_JWKS_URL: `${urlOf(signpost)}/jwks`,
    });
    await service.admin.post('/v1/users', { displayName: 'Ada', externalId: 'ada' });
    const token = await new SignJWT({ sub: 'ada' })
      .setProtectedHeader({ alg: 'RS256', kid: 'rsa', jku: `${urlOf(elsewhere)}/jwks`, x5u: `${urlOf(elsewhere)}/x5u` })
      .setIssuer(issuer)
      .setAudience('cloakroom')
      .setIssuedAt()
      .setExpirationTime('1 minute')
      .sign(privateKey);
    const me = new Api(service.url).get('/v1/users/me', { Authorization: `Bearer ${token}` });
    expect(await refusal(me)).toBe('503 unavailable');
    await service.close();
  });

  it('stay away: to the collector of traces', async () => {
    const service = await startServiceProcess({ OTEL_EXPORTER_OTLP_ENDPOINT: urlOf(signpost) });
    await new Api(service.url, service.bootstrapKey).workspace();
    // What is left is handed over at the end.
    expect(await service.stop()).toBe(0);
  });

  it('stay away with their key: from the client and the command line to the service', async () => {
    const url = urlOf(signpost);
    await expectRefusal(() => getConnectionString({ url, chatId: 'a', apiKey: 'ckr_test_none' }), 'unreachable');
    const keyFile = join(mkdtempSync(join(tmpdir(), 'cloakroom-key-')), 'key');
    writeFileSync(keyFile, 'ckr_test_none');
    await expectRefusal(() => new Service({ url, keyFile }).call('GET', '/v1/users/me'), 'unreachable');
    rmSync(dirname(keyFile), { recursive: true });
  });
});
