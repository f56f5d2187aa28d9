import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, exportSPKI, generateKeyPair, type JWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { Pool } from 'pg';
import { createApiKey } from '../../src/auth/api-key.js';
import { Api, type PageBody, type ProblemBody, refusal } from '../support/api.js';
import { rawCall } from '../support/raw-http.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface UserBody {
  readonly id: string;
  readonly displayName: string;
  readonly externalId: string | null;
}

interface KeyBody {
  readonly id: string;
  readonly key?: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly revokedAt: string | null;
}

const KEY = /^ckr_(live|test)_[0-9A-Za-z]{11}_[0-9A-Za-z]{49}$/;
const NOBODY = '00000000-0000-7000-8000-000000000000';

const now = () => Math.floor(Date.now() / 1_000);

const sign = (payload: JWTPayload, key: CryptoKey | Uint8Array, header: { alg: string } & Record<string, unknown>) =>
  new SignJWT(payload).setProtectedHeader(header).sign(key);

describe('API keys', () => {
  let service: TestApp;
  let myId: string;
  beforeAll(async () => {
    service = await startTestApp({ RATE_LIMIT_GUEST_PER_MINUTE: '1000' });
    myId = (await service.admin.get<UserBody>('/v1/users/me')).body.id;
  });
  afterAll(() => service.close());

  const me = (headers: Record<string, string>) => new Api(service.url).get<UserBody>('/v1/users/me', headers);
  const raw = (headers: readonly string[]) => rawCall(`${service.url}/v1/users/me`, 'GET', headers);
  const createKey = async (settings: Record<string, unknown> = {}) =>
    (await service.admin.post<KeyBody & { key: string }>(`/v1/users/${myId}/api-keys`, { name: 'test', ...settings }))
      .body;

  const refuseKey = (settings: Record<string, unknown>) =>
    refusal(service.admin.post(`/v1/users/${myId}/api-keys`, { name: 'x', ...settings }));

  it('are accepted in X-API-Key and as Bearer, with any case of scheme and header', async () => {
    const { adminKey } = service;
    expect((await me({ 'X-API-Key': adminKey })).status).toBe(200);
    expect((await me({ Authorization: `Bearer ${adminKey}` })).status).toBe(200);
    expect((await me({ authorization: `bearer ${adminKey}` })).status).toBe(200);
    expect((await service.admin.get('/users/me')).status).toBe(200);
  });

  it('are refused when missing, twice, in both headers or in another scheme', async () => {
    const { adminKey } = service;
    expect(await refusal(me({}))).toBe('401 unauthenticated');
    expect(await refusal(me({ 'X-API-Key': adminKey, Authorization: `Bearer ${adminKey}` }))).toBe(
      '401 unauthenticated',
    );
    expect(await refusal(me({ Authorization: `Basic ${Buffer.from(`${adminKey}:`).toString('base64')}` }))).toBe(
      '401 unauthenticated',
    );
    expect(await refusal(raw(['X-API-Key', adminKey, 'x-api-key', adminKey]))).toBe('400 duplicate_header');
    expect(await refusal(raw(['Authorization', `Bearer ${adminKey}`, 'Authorization', 'Bearer x']))).toBe(
      '400 duplicate_header',
    );
    expect(await refusal(raw(['X-API-Key', `${adminKey}\xe9`]))).toBe('401 unauthenticated');
    for (const empty of ['X-API-Key', 'Authorization']) {
      expect(await refusal(raw([empty, '']))).toBe('401 unauthenticated');
    }
  });

  it('are named by a 401 that says how to authenticate, and by nothing else of the input', async () => {
    const wrong = `${service.adminKey.slice(0, -1)}~`;
    const { status, headers, text, body } = await me({ 'X-API-Key': wrong });
    expect(status).toBe(401);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(headers.get('www-authenticate')).toContain('X-API-Key');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-request-id')).toBe((body as unknown as ProblemBody).requestId);
    expect(text).not.toContain('ckr_');
  });

  it('with a wrong check digit cost no read of the database', async () => {
    const database = new Pool({ connectionString: service.database.url, max: 1 });
    const name = (await database.query<{ name: string }>('SELECT current_database() AS name')).rows[0]?.name;
    const waiting = async () =>
      (
        await database.query<{ count: number }>(
          `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'`,
          [name],
        )
      ).rows[0]?.count;
    // From now on whoever reads a key has to wait.
    await database.query('BEGIN');
    await database.query('LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE');
    let unknown: Promise<string> | undefined;
    try {
      const last = service.adminKey.at(-1) === '0' ? '1' : '0';
      const wrong = [
        service.adminKey.slice(0, -1) + last,
        service.adminKey.replace('ckr_test_', 'ckr_live_'),
        service.adminKey.slice(0, -1),
        `${service.adminKey}0`,
        'ckr_test_',
        'your_api_key',
      ];
      for (const key of wrong) expect(await refusal(me({ 'X-API-Key': key }))).toBe('401 unauthenticated');
      expect(await waiting()).toBe(0);
      unknown = refusal(me({ 'X-API-Key': createApiKey('test').key }));
      while ((await waiting()) === 0);
    } finally {
      await database.query('ROLLBACK');
      await database.end();
    }
    expect(await unknown).toBe('401 unauthenticated');
  });

  it('are shown once, in a form with check digits, and never listed', async () => {
    const created = await service.admin.post<KeyBody>(`/v1/users/${myId}/api-keys`, { name: 'laptop' });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ name: 'laptop', scopes: [], expiresAt: null, revokedAt: null });
    expect(created.body.key).toMatch(KEY);
    const listed = await service.admin.get<PageBody<KeyBody>>(`/v1/users/${myId}/api-keys`);
    expect(listed.body.items.map(({ id }) => id)).toContain(created.body.id);
    expect(listed.text).not.toContain('ckr_');
    expect(listed.text).not.toContain('hash');
    expect(service.logs.join('')).not.toContain(created.body.key);
  });

  it('can be two at once for a rotation, and a revoked one ends with its revocation', async () => {
    const [old, fresh] = await Promise.all([createKey(), createKey()]);
    for (const { key } of [old, fresh]) expect((await me({ 'X-API-Key': key })).status).toBe(200);
    expect((await service.admin.delete(`/v1/api-keys/${old.id}`)).status).toBe(204);
    expect(await refusal(me({ 'X-API-Key': old.key }))).toBe('401 unauthenticated');
    expect((await me({ 'X-API-Key': fresh.key })).status).toBe(200);
    // A key may revoke itself; whoever repeats it finds the work done.
    const own = new Api(service.url, fresh.key);
    expect((await own.delete(`/v1/api-keys/${fresh.id}`)).status).toBe(204);
    expect(await refusal(own.get('/v1/users/me'))).toBe('401 unauthenticated');
    expect((await service.admin.delete(`/v1/api-keys/${fresh.id}`)).status).toBe(204);
  });

  it('expire', async () => {
    const soon = await createKey({ expiresAt: new Date(Date.now() + 700).toISOString() });
    expect((await me({ 'X-API-Key': soon.key })).status).toBe(200);
    while (Date.now() <= new Date(soon.expiresAt ?? 0).getTime()) await new Promise((done) => setTimeout(done, 50));
    expect(await refusal(me({ 'X-API-Key': soon.key }))).toBe('401 unauthenticated');
  });

  it('take only a date to come as expiry, and only scopes that exist', async () => {
    for (const expiresAt of [
      '2001-01-01T00:00:00Z',
      '2099-02-30T00:00:00Z',
      '2099-W01-1',
      '2099-001',
      'soon',
      5,
      '',
      null,
    ]) {
      expect([expiresAt, await refuseKey({ expiresAt })]).toEqual([expiresAt, '400 validation_failed']);
    }
    for (const scopes of [['root'], 'admin', ['admin', 'admin'], [['admin']], [null], {}]) {
      expect([scopes, await refuseKey({ scopes })]).toEqual([scopes, '400 validation_failed']);
    }
    for (const name of ['', 'x'.repeat(201), 5, null, ['x']]) {
      expect([name, await refuseKey({ name })]).toEqual([name, '400 validation_failed']);
    }
    expect(await refuseKey({ key: 'ckr_test_mine' })).toBe('400 validation_failed');
    expect(await refuseKey({ id: randomUUID() })).toBe('400 validation_failed');
  });

  it('note when they were used', async () => {
    const { key, id } = await createKey();
    await me({ 'X-API-Key': key });
    let noted: string | null | undefined;
    while (!noted) {
      const { items } = (await service.admin.get<PageBody<KeyBody>>(`/v1/users/${myId}/api-keys?limit=200`)).body;
      noted = items.find((item) => item.id === id)?.lastUsedAt;
    }
    expect(Math.abs(Date.now() - new Date(noted).getTime())).toBeLessThan(60_000);
  });

  it('never carry more scopes than their maker has, unless that is an admin', async () => {
    const ada = await service.admin.user('Ada', ['pii:rehydrate']);
    const create = (scopes: readonly string[]) =>
      ada.api.post<KeyBody & { key: string }>(`/v1/users/${ada.id}/api-keys`, { name: 'own', scopes });
    expect((await create(['pii:rehydrate'])).status).toBe(201);
    expect(await refusal(create(['admin']))).toBe('403 forbidden');
    expect(await refusal(create(['pii:rehydrate', 'admin']))).toBe('403 forbidden');
    const plain = new Api(service.url, (await create([])).body.key);
    expect(await refusal(plain.post(`/v1/users/${ada.id}/api-keys`, { name: 'x', scopes: ['pii:rehydrate'] }))).toBe(
      '403 forbidden',
    );
    expect((await plain.post(`/v1/users/${ada.id}/api-keys`, { name: 'x' })).status).toBe(201);
  });

  it('are the business of their user and of admins only; to others they are not there', async () => {
    const [ada, eve] = await Promise.all([service.admin.user('Ada'), service.admin.user('Eve')]);
    const unknown = await eve.api.get<ProblemBody>(`/v1/users/${NOBODY}/api-keys`);
    const foreign = await eve.api.get<ProblemBody>(`/v1/users/${ada.id}/api-keys`);
    expect({ ...foreign.body, requestId: '' }).toEqual({ ...unknown.body, requestId: '' });
    expect(await refusal(Promise.resolve(foreign))).toBe('404 user_not_found');
    expect(await refusal(eve.api.post(`/v1/users/${ada.id}/api-keys`, { name: 'x' }))).toBe('404 user_not_found');
    expect(await refusal(eve.api.delete(`/v1/api-keys/${ada.keyId}`))).toBe('404 api_key_not_found');
    expect(await refusal(eve.api.delete(`/v1/api-keys/${NOBODY}`))).toBe('404 api_key_not_found');
    expect(await refusal(eve.api.delete('/v1/api-keys/1'))).toBe('404 api_key_not_found');
    expect((await ada.api.get('/v1/users/me')).status).toBe(200);
    expect((await service.admin.get(`/v1/users/${ada.id}/api-keys`)).status).toBe(200);
  });

  it('answer a repeated creation with the same key, to the same credential only', async () => {
    const again = { 'Idempotency-Key': randomUUID() };
    const path = `/v1/users/${myId}/api-keys`;
    const first = await service.admin.post<KeyBody & { key: string }>(path, { name: 'x', scopes: ['admin'] }, again);
    const second = await service.admin.post<KeyBody>(path, { name: 'x', scopes: ['admin'] }, again);
    expect([second.status, second.body]).toEqual([201, first.body]);
    expect(await refusal(service.admin.post(path, { name: 'y' }, again))).toBe('422 idempotency_key_reused');
    const weaker = new Api(service.url, (await createKey()).key);
    expect(await refusal(weaker.post(path, { name: 'x', scopes: ['admin'] }, again))).toBe('403 forbidden');
    const database = new Pool({ connectionString: service.database.url, max: 1 });
    const { rows } = await database.query<{ dump: string }>('SELECT i::text AS dump FROM idempotency_keys i');
    await database.end();
    const dump = rows.map((row) => row.dump).join();
    expect(dump).not.toContain(Buffer.from(first.body.key).toString('hex'));
    expect(dump).not.toContain(again['Idempotency-Key']);
  });

  it('page with a cursor that stands only for itself', async () => {
    const { id, api } = await service.admin.user('Many');
    for (let n = 0; n < 4; n += 1) await api.post(`/v1/users/${id}/api-keys`, { name: `key ${n}` });
    const names: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`;
      const page: PageBody<KeyBody> = (await api.get<PageBody<KeyBody>>(`/v1/users/${id}/api-keys?limit=2${query}`))
        .body;
      names.push(...page.items.map(({ name }) => name));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(names).toEqual(['test', 'key 0', 'key 1', 'key 2', 'key 3']);
    for (const bad of ['x', '%00', 'MQ', encodeURIComponent("' OR 1=1"), 'x'.repeat(257)]) {
      expect((await api.get(`/v1/users/${id}/api-keys?cursor=${bad}`)).status).toBe(400);
    }
    for (const limit of ['0', '-1', '201', '1.5', 'x', '', '0x1', '1e1', '%201', '+1']) {
      expect((await api.get(`/v1/users/${id}/api-keys?limit=${limit}`)).status).toBe(400);
    }
  });
});

describe('users', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp();
  });
  afterAll(() => service.close());

  const withId = (externalId: unknown) => service.admin.post('/v1/users', { displayName: 'x', externalId });

  it('are created by the scope admin only', async () => {
    const created = await service.admin.post<UserBody>('/v1/users', { displayName: 'Ada', externalId: 'e-1' });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ displayName: 'Ada', externalId: 'e-1' });
    expect(created.body.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    const plain = await service.admin.user('Plain');
    expect(await refusal(plain.api.post('/v1/users', { displayName: 'x' }))).toBe('403 forbidden');
    expect(await refusal(new Api(service.url).post('/v1/users', { displayName: 'x' }))).toBe('401 unauthenticated');
    expect((await plain.api.get<UserBody>('/v1/users/me')).body).toMatchObject({ id: plain.id, displayName: 'Plain' });
  });

  it('have external ids that are unique and hold no personal data', async () => {
    expect((await withId('taken')).status).toBe(201);
    expect(await refusal(withId('taken'))).toBe('409 conflict');
    const refused = await withId('ada@example.org');
    expect(await refusal(Promise.resolve(refused))).toBe('400 pii_in_identifier');
    expect(refused.text).not.toContain('example');
    for (const bad of ['', 'x'.repeat(201), 5, {}]) expect(await refusal(withId(bad))).toBe('400 validation_failed');
    expect(await refusal(withId('nul\0'))).toBe('400 invalid_text');
  });

  it('may have a name, but no address in it', async () => {
    const { body } = await service.admin.post<UserBody>('/v1/users', { displayName: 'Ada <ada@example.org>' });
    expect(body.displayName).toBe('Ada <<EMAIL_ADDRESS_1>>');
    expect((await service.admin.post('/v1/users', { displayName: 'x', admin: true })).status).toBe(400);
    expect((await service.admin.post('/v1/users', { displayName: 'x', id: NOBODY })).status).toBe(400);
  });

  it('are created once for one idempotency key, also in parallel', async () => {
    const again = { 'Idempotency-Key': randomUUID() };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => service.admin.post<UserBody>('/v1/users', { displayName: 'Once' }, again)),
    );
    const made = answers.filter(({ status }) => status === 201);
    expect(new Set(made.map(({ body }) => body.id)).size).toBe(1);
    for (const { status, headers, body } of answers) {
      if (status === 201) continue;
      expect([status, (body as unknown as ProblemBody).code]).toEqual([409, 'idempotency_in_progress']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    const later = await service.admin.post<UserBody>('/v1/users', { displayName: 'Once' }, again);
    expect(later.body.id).toBe(made[0]?.body.id);
    for (const bad of ['', 'a b', 'x'.repeat(65), 'ä']) {
      const answer = await rawCall(
        `${service.url}/v1/users`,
        'POST',
        ['X-API-Key', service.adminKey, 'Content-Type', 'application/json', 'Idempotency-Key', bad],
        '{"displayName":"x"}',
      );
      expect([bad, answer.status, answer.body['code']]).toEqual([bad, 400, 'idempotency_key_malformed']);
    }
  });

  it('get no idempotent answer for a call that failed', async () => {
    const again = { 'Idempotency-Key': randomUUID() };
    expect((await service.admin.post('/v1/users', { displayName: '' }, again)).status).toBe(400);
    expect((await service.admin.post('/v1/users', { displayName: 'Now' }, again)).status).toBe(201);
  });
});

describe('bearer tokens', () => {
  const issuer = 'https://login.example.test';
  const audience = 'cloakroom';
  const jwks: { keys: JWK[] } = { keys: [] };
  let broken: number | 'hang up' | undefined;
  let keyServer: Server;
  let service: TestApp;
  let rsa: CryptoKey;
  let rsaPublic: CryptoKey;
  let ec: CryptoKey;

  beforeAll(async () => {
    const [pair, curve] = await Promise.all([
      generateKeyPair('RS256', { extractable: true }),
      generateKeyPair('ES256'),
    ]);
    rsa = pair.privateKey;
    rsaPublic = pair.publicKey;
    ec = curve.privateKey;
    jwks.keys.push({ ...(await exportJWK(pair.publicKey)), kid: 'rsa', alg: 'RS256', use: 'sig' });
    jwks.keys.push({ ...(await exportJWK(curve.publicKey)), kid: 'ec', alg: 'ES256', use: 'sig' });
    keyServer = createServer((_request, response) => {
      if (broken === 'hang up') response.destroy();
      else response.writeHead(broken ?? 200).end(JSON.stringify(jwks));
    });
    await new Promise<void>((listening) => keyServer.listen(0, '127.0.0.1', listening));
    service = await startWithKeys();
    await service.admin.post('/v1/users', { displayName: 'Ada', externalId: 'ada' });
  });
  afterAll(async () => {
    await service.close();
    await new Promise((closed) => keyServer.close(closed));
  });

  const startWithKeys = (env: Readonly<Record<string, string>> = {}) =>
    startTestApp({
      RATE_LIMIT_GUEST_PER_MINUTE: '1000',
      JWT_ISSUER: issuer,
      JWT_AUDIENCE: audience,
      JWT_JWKS_URL: `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/jwks`,
      ...env,
    });
  const claims = (change: JWTPayload = {}): JWTPayload => ({
    iss: issuer,
    aud: audience,
    sub: 'ada',
    iat: now(),
    exp: now() + 60,
    ...change,
  });
  const signed = (payload: JWTPayload, alg = 'RS256', kid = 'rsa') =>
    new SignJWT(payload).setProtectedHeader({ alg, kid }).sign(alg === 'ES256' ? ec : rsa);
  const me = (token: string, at = service) =>
    new Api(at.url).get<UserBody>('/v1/users/me', { Authorization: `Bearer ${token}` });

  it('of the issuer stand for the user with that external id, without scopes', async () => {
    for (const token of [await signed(claims()), await signed(claims(), 'ES256', 'ec')]) {
      const { status, body } = await me(token);
      expect([status, body.externalId]).toEqual([200, 'ada']);
      const create = new Api(service.url).post('/v1/users', { displayName: 'x' }, { Authorization: `Bearer ${token}` });
      expect(await refusal(create)).toBe('403 forbidden');
    }
    expect((await me(await signed(claims({ aud: ['other', audience] })))).status).toBe(200);
    for (const typ of ['JWT', 'jwt', 'at+jwt', 'application/at+jwt']) {
      const token = await sign(claims(), rsa, { alg: 'RS256', kid: 'rsa', typ });
      expect([typ, (await me(token)).status]).toEqual([typ, 200]);
    }
  });

  it('are refused with anything wrong about them', async () => {
    const spki = new TextEncoder().encode(await exportSPKI(rsaPublic));
    const stranger = (await generateKeyPair('RS256')).privateKey;
    const good = await signed(claims());
    const [head, body, mac] = good.split('.');
    const { sub: _sub, ...withoutSubject } = claims();
    const { exp: _exp, ...withoutExpiry } = claims();
    const wrong: Record<string, string> = {
      'alg none': new UnsecuredJWT(claims()).encode(),
      'HS256 with the public key': await sign(claims(), spki, { alg: 'HS256', kid: 'rsa' }),
      'another key under a known kid': await sign(claims(), stranger, { alg: 'RS256', kid: 'rsa' }),
      'unknown kid': await sign(claims(), stranger, { alg: 'RS256', kid: 'none' }),
      'a key of its own in the header': await sign(claims(), stranger, { alg: 'RS256', jwk: jwks.keys[0] }),
      'unknown crit': await new SignJWT(claims())
        .setProtectedHeader({ alg: 'RS256', kid: 'rsa', crit: ['x'], x: 1 })
        .sign(rsa, { crit: { x: true } }),
      'made to log out': await sign(claims(), rsa, { alg: 'RS256', kid: 'rsa', typ: 'logout+jwt' }),
      'made to prove a key': await sign(claims(), rsa, { alg: 'RS256', kid: 'rsa', typ: 'application/dpop+jwt' }),
      issuer: await signed(claims({ iss: 'https://evil.example.test' })),
      audience: await signed(claims({ aud: 'other' })),
      expired: await signed(claims({ exp: now() - 60 })),
      'not yet': await signed(claims({ nbf: now() + 120 })),
      'no expiry': await signed(withoutExpiry),
      'no subject': await signed(withoutSubject),
      'unknown subject': await signed(claims({ sub: 'bob' })),
      'subject in a list': await signed(claims({ sub: ['ada'] as unknown as string })),
      altered: `${head}.${Buffer.from(JSON.stringify(claims({ sub: 'root' }))).toString('base64url')}.${mac}`,
      'no signature': `${head}.${body}.`,
      'cut off': `${head}.${body}`,
      'not a token': 'ckr.x.y',
      'six thousand dots': '.'.repeat(6_000),
    };
    for (const [what, token] of Object.entries(wrong)) {
      expect([what, await refusal(me(token))]).toEqual([what, '401 unauthenticated']);
    }
    expect(service.logs.join('')).not.toContain(mac);
  });

  it('have to say that a person was authenticated as strongly as is asked for', async () => {
    const strict = await startWithKeys({ JWT_ACR: 'urn:example:silver, urn:example:gold' });
    try {
      await strict.admin.post('/v1/users', { displayName: 'Ada', externalId: 'ada' });
      for (const acr of ['urn:example:silver', 'urn:example:gold']) {
        expect((await me(await signed(claims({ acr })), strict)).status).toBe(200);
      }
      for (const acr of [
        undefined,
        null,
        '',
        'urn:example:bronze',
        'urn:example:silver, urn:example:gold',
        ['urn:example:gold'],
        0,
      ]) {
        expect([acr, await refusal(me(await signed(claims({ acr })), strict))]).toEqual([acr, '401 unauthenticated']);
      }
    } finally {
      await strict.close();
    }
  });

  it('are answered 503 while the keys of the issuer are out of reach, however that shows', async () => {
    const token = await signed(claims());
    for (const fault of [500, 404, 'hang up'] as const) {
      broken = fault;
      const fresh = await startWithKeys();
      try {
        const answer = await me(token, fresh);
        expect([fault, answer.status, (answer.body as unknown as ProblemBody).code]).toEqual([
          fault,
          503,
          'unavailable',
        ]);
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
        // What needs no key is still refused for what it is.
        expect(await refusal(me(new UnsecuredJWT(claims()).encode(), fresh))).toBe('401 unauthenticated');
        expect((await fresh.admin.get('/v1/users/me')).status).toBe(200);
      } finally {
        broken = undefined;
        await fresh.close();
      }
    }
  });

  it('mean nothing to a service without an issuer', async () => {
    const plain = await startTestApp();
    expect(await refusal(me(await signed(claims()), plain))).toBe('401 unauthenticated');
    await plain.close();
  });
});

describe('rate limits', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({ RATE_LIMIT_GUEST_PER_MINUTE: '5', RATE_LIMIT_USER_PER_MINUTE: '40' });
  });
  afterAll(() => service.close());

  it('let a guest call so often in a minute, and say when to come back', async () => {
    const { id } = await service.admin.workspace({ visibility: 'public' });
    const guest = new Api(service.url);
    const path = `/v1/spaces/${id}/chat`;
    const statuses: number[] = [];
    for (let n = 0; n < 5; n += 1) statuses.push((await guest.post(path, { message: 'hi' })).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200]);
    const { status, headers, body } = await guest.post<ProblemBody & { retryAfter: number }>(path, { message: 'hi' });
    expect([status, body.code]).toEqual([429, 'rate_limited']);
    expect(Number(headers.get('retry-after'))).toBe(body.retryAfter);
    expect(body.retryAfter).toBeGreaterThan(0);
    expect(body.retryAfter).toBeLessThanOrEqual(60);
    // The address of the guest is not believed from a header, and others are not held up.
    expect((await guest.get(path, { 'X-Forwarded-For': '192.0.2.7' })).status).toBe(429);
    expect((await service.admin.get(path)).status).toBe(200);
  });

  it('count a user over all keys', async () => {
    const ada = await service.admin.user('Ada');
    const second = (await ada.api.post<{ key: string }>(`/v1/users/${ada.id}/api-keys`, { name: 'b' })).body.key;
    const other = new Api(service.url, second);
    const calls = Array.from({ length: 60 }, (_, n) => (n % 2 ? ada.api : other).get('/v1/users/me'));
    expect((await Promise.all(calls)).filter(({ status }) => status === 200)).toHaveLength(39);
    expect((await service.admin.get('/v1/users/me')).status).toBe(200);
  });
});
