import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigError, loadConfig } from './config.js';
import { previewedSecrets } from './development-secrets.js';

const random = (bytes = 32): string => randomBytes(bytes).toString('base64url');

const production = (): NodeJS.ProcessEnv => ({
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://cloakroom:hunter2@db/cloakroom',
  API_KEY_SECRET: random(),
  TOKEN_KEYS: `t1:${random()}`,
  MASTER_KEYS: `m1:${random()}`,
});

const refusal = (env: NodeJS.ProcessEnv): ConfigError => {
  try {
    loadConfig(env, previewedSecrets);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('It should have been refused');
};

describe('loadConfig', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'cloakroom-config-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('needs nothing in development', () => {
    const config = loadConfig({ DATA_DIR: join(directory, 'data') });
    expect(config).toMatchObject({
      environment: 'development',
      host: '127.0.0.1',
      port: 3000,
      databaseUrl: undefined,
      databasePoolSize: 10,
      socketTransports: ['websocket'],
      connectionStringSeconds: 60,
      sessionSeconds: 3600,
      jwt: undefined,
      trustProxyHops: 0,
      logLevel: 'info',
      limits: { userPerMinute: 1_000_000, guestPerMinute: 60, socketEventsPerSecond: 500, socketBurst: 1_000 },
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('keeps the secrets that it drew, for nobody else to read', () => {
    const env = { DATA_DIR: join(directory, 'data') };
    const first = loadConfig(env);
    const second = loadConfig(env);
    expect(second.apiKeySecret).toEqual(first.apiKeySecret);
    expect(second.tokenKeys).toEqual(first.tokenKeys);
    expect(second.masterKeys).toEqual(first.masterKeys);
    expect(statSync(env.DATA_DIR).mode & 0o777).toBe(0o700);
    expect(statSync(join(env.DATA_DIR, 'secrets.json')).mode & 0o777).toBe(0o600);
  });

  it('refuses kept secrets that are damaged or open to others', () => {
    const env = { DATA_DIR: directory };
    loadConfig(env);
    const file = join(directory, 'secrets.json');
    chmodSync(file, 0o644);
    expect(refusal(env).variable).toBe('DATA_DIR');
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, -20));
    chmodSync(file, 0o600);
    expect(refusal(env).message).toMatch(/^DATA_DIR has a damaged secrets\.json/);
  });

  it('leaves no trace when only looking', () => {
    loadConfig({ DATA_DIR: join(directory, 'data') }, previewedSecrets);
    expect(() => statSync(join(directory, 'data'))).toThrow();
  });

  it('prefers secrets that are given', () => {
    const given = randomBytes(32);
    const config = loadConfig({ DATA_DIR: directory, API_KEY_SECRET: given.toString('hex') });
    expect(config.apiKeySecret).toEqual(given);
  });

  it('reads rings in their order', () => {
    const [a, b] = [randomBytes(32), randomBytes(48)];
    const TOKEN_KEYS = `new:${a.toString('base64url')}, old:${b.toString('base64url')}`;
    expect(loadConfig({ ...production(), TOKEN_KEYS }).tokenKeys).toEqual([
      { kid: 'new', secret: a },
      { kid: 'old', secret: b },
    ]);
  });

  it('takes master keys from a private file', () => {
    const file = join(directory, 'master-keys');
    const key = randomBytes(32);
    writeFileSync(file, `m1:${key.toString('hex')}\n`, { mode: 0o600 });
    const { MASTER_KEYS: _, ...env } = production();
    expect(loadConfig({ ...env, MASTER_KEYS_FILE: file }).masterKeys).toEqual([{ kid: 'm1', key }]);
    expect(refusal({ ...production(), MASTER_KEYS_FILE: file }).variable).toBe('MASTER_KEYS_FILE');
    chmodSync(file, 0o640);
    expect(refusal({ ...env, MASTER_KEYS_FILE: file }).message).toContain('mode 0600');
    expect(refusal({ ...env, MASTER_KEYS_FILE: join(directory, 'missing') }).variable).toBe('MASTER_KEYS_FILE');
  });

  it('takes an object store whole or not at all, in production over TLS', () => {
    const store = {
      ATTACHMENT_STORE_URL: 'https://s3.example.org/files',
      ATTACHMENT_STORE_ACCESS_KEY: 'key',
      ATTACHMENT_STORE_SECRET_KEY: 'hunter2',
    };
    expect(loadConfig(production()).attachments).toBeUndefined();
    expect(loadConfig({ ...production(), ...store }).attachments).toEqual({
      url: new URL('https://s3.example.org/files'),
      region: 'us-east-1',
      accessKey: 'key',
      secretKey: 'hunter2',
      maxBytes: 10 * 1_024 * 1_024,
    });
    for (const name of Object.keys(store)) {
      expect(refusal({ ...production(), ...store, [name]: '' }).variable).toBe(name);
    }
    for (const url of ['http://s3.example.org/files', 'https://s3.example.org/files?x=1']) {
      expect(refusal({ ...production(), ...store, ATTACHMENT_STORE_URL: url }).variable).toBe('ATTACHMENT_STORE_URL');
    }
  });

  it('allows less on a socket in production', () => {
    const limitsOf = ({ limits }: { limits: { socketEventsPerSecond: number; socketBurst: number } }) => [
      limits.socketEventsPerSecond,
      limits.socketBurst,
    ];
    expect(limitsOf(loadConfig(production()))).toEqual([20, 40]);
    expect(limitsOf(loadConfig({ DATA_DIR: directory }))).toEqual([500, 1_000]);
  });

  it('allows this machine at the port that is listened on, outside production', () => {
    const config = loadConfig({ DATA_DIR: directory, PORT: '0', PUBLIC_URL: 'https://chat.example.org/x' });
    const local = ['http://localhost:4711', 'http://127.0.0.1:4711', 'http://[::1]:4711'];
    expect(config.originsAllowedAt(4711)).toEqual(['https://chat.example.org', ...local]);
    expect(config.originsAllowedAt(80)[1]).toBe('http://localhost');
    const live = loadConfig({ ...production(), PUBLIC_URL: 'https://chat.example.org' });
    expect(live.originsAllowedAt(4711)).toEqual(['https://chat.example.org']);
    expect(loadConfig({ DATA_DIR: directory, ALLOWED_ORIGINS: '*' }).originsAllowedAt(1)).toEqual(['*']);
  });

  it('never shows its secrets to a logger', () => {
    const env = production();
    const config = loadConfig(env);
    for (const text of [JSON.stringify({ config }), inspect({ config }, { depth: 9 }), inspect(config)]) {
      expect(text).not.toContain('hunter2');
      expect(text).toContain('[Config]');
    }
  });

  it('has no playground in production unless it is switched on', () => {
    expect(loadConfig({ DATA_DIR: join(directory, 'data') }).playground).toBe(true);
    expect(loadConfig(production()).playground).toBe(false);
    expect(loadConfig({ ...production(), PLAYGROUND: 'true' }).playground).toBe(true);
  });

  it.each(['DATABASE_URL', 'API_KEY_SECRET', 'TOKEN_KEYS', 'MASTER_KEYS'])('needs %s in production', (name) => {
    expect(refusal({ ...production(), [name]: '' }).variable).toBe(name);
  });

  it.each([
    ['NODE_ENV', 'staging'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '3e3'],
    ['PUBLIC_URL', 'chat.example.org'],
    ['PUBLIC_URL', 'ftp://chat.example.org'],
    ['PUBLIC_URL', 'https://me:hunter2@chat.example.org'],
    ['DATABASE_URL', 'mysql://root:hunter2@db/x'],
    ['DATABASE_POOL_SIZE', '0'],
    ['BOOTSTRAP_API_KEY', 'ckr_live_hunter2'],
    // Check digits of another key.
    ['BOOTSTRAP_API_KEY', `ckr_live_hunter2hunt_${'hunter2'.repeat(7)}`],
    ['API_KEY_SECRET', 'hunter2'],
    ['API_KEY_SECRET', random(31)],
    ['API_KEY_SECRET', `${random()} ${random()}`],
    ['API_KEY_SECRET', `${random()}=`],
    ['TOKEN_KEYS', random()],
    ['TOKEN_KEYS', `a b:${random()}`],
    ['TOKEN_KEYS', `a:${random()},a:${random()}`],
    ['MASTER_KEYS', `a:${random(33)}`],
    ['ALLOWED_ORIGINS', '*'],
    ['ALLOWED_ORIGINS', 'https://a.example/'],
    ['ALLOWED_ORIGINS', 'https://a.example:443'],
    ['ALLOWED_ORIGINS', 'https://a.example,*'],
    ['ALLOWED_ORIGINS', 'null'],
    ['SOCKET_TRANSPORTS', 'webtransport'],
    ['SOCKET_TRANSPORTS', 'polling,polling'],
    ['CONNECTION_STRING_SECONDS', '301'],
    ['SESSION_SECONDS', '0'],
    ['JWT_ISSUER', 'https://issuer.example'],
    ['JWT_ACR', 'silver,,gold'],
    ['JWT_ACR', 'gold,gold'],
    ['PII_ANALYZER', 'spacy'],
    ['PRESIDIO_TIMEOUT_MS', '0'],
    ['TRUST_PROXY_HOPS', 'true'],
    ['LOG_LEVEL', 'loud'],
    ['RATE_LIMIT_USER_PER_MINUTE', '1.5'],
    ['SHUTDOWN_SECONDS', '10'],
  ])('refuses a bad %s in one line without its value (%#)', (name, value) => {
    const { message } = refusal({ ...production(), [name]: value });
    expect(message).toMatch(/^[A-Z_]+ \S.*$/);
    expect(message.split(' ')[0]).toBe(name === 'JWT_ISSUER' ? 'JWT_AUDIENCE' : name);
    if (value.length > 3 && !['true'].includes(value)) expect(message).not.toContain(value);
    expect(message).not.toContain('hunter2');
  });

  it('wants to know where Presidio is, where it is to be asked', () => {
    const url = 'http://presidio.example:5002';
    for (const choice of ['presidio', 'builtin+presidio']) {
      expect(refusal({ PII_ANALYZER: choice }).variable).toBe('PRESIDIO_URL');
      const { analyzers } = loadConfig({ DATA_DIR: directory, PII_ANALYZER: choice, PRESIDIO_URL: url });
      expect(analyzers).toMatchObject({
        builtin: choice !== 'presidio',
        presidio: { language: 'en', timeoutMs: 1000 },
      });
    }
    expect(loadConfig({ DATA_DIR: directory, PRESIDIO_URL: url }).analyzers).toEqual({ builtin: true });
    expect(loadConfig({ DATA_DIR: directory, PII_ONNX_MODEL: '/models/ner' }).analyzers.model).toBe('/models/ner');
  });

  it.each<[Record<string, string>, unknown]>([
    [{}, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }, { protocol: 'http/protobuf' }],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4318/x' }, { protocol: 'http/protobuf' }],
    [{ OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, { protocol: 'http/json' }],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', OTEL_TRACES_EXPORTER: 'none' }, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', OTEL_SDK_DISABLED: 'true' }, undefined],
  ])('sends traces where the variables of OpenTelemetry ask for them: %j', (env, traces) => {
    expect(loadConfig({ DATA_DIR: directory, ...env }).traces).toEqual(traces);
  });

  it('wants https for the keys of an issuer in production', () => {
    const jwt = {
      JWT_ISSUER: 'https://issuer.example',
      JWT_AUDIENCE: 'cloakroom',
      JWT_JWKS_URL: 'http://issuer.example/jwks',
    };
    expect(refusal({ ...production(), ...jwt }).variable).toBe('JWT_JWKS_URL');
    expect(loadConfig({ DATA_DIR: directory, ...jwt }).jwt?.audience).toBe('cloakroom');
  });

  it.each([
    ['zeros', Buffer.alloc(32)],
    ['one byte', Buffer.alloc(32, 0xa5)],
    ['a row', Buffer.from(Array.from({ length: 32 }, (_, index) => index))],
    ['two bytes in turn', Buffer.from('a5'.repeat(15) + '5a'.repeat(17), 'hex')],
    ['words', Buffer.from('correct horse battery staple, twice')],
  ])('refuses %s as a secret in production', (_, bytes) => {
    const weak = bytes.subarray(0, 32).toString('base64url');
    expect(refusal({ ...production(), API_KEY_SECRET: weak }).variable).toBe('API_KEY_SECRET');
    expect(refusal({ ...production(), TOKEN_KEYS: `t:${random()},u:${weak}` }).variable).toBe('TOKEN_KEYS');
    expect(refusal({ ...production(), MASTER_KEYS: `m:${weak}` }).variable).toBe('MASTER_KEYS');
  });

  it('refuses one secret for two purposes in production', () => {
    const same = random();
    const error = refusal({ ...production(), API_KEY_SECRET: same, TOKEN_KEYS: `t:${same}` });
    expect(error.variable).toBe('TOKEN_KEYS');
  });
});
