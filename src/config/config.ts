import { resolve } from 'node:path';
import { inspect } from 'node:util';
import { type Analyzers, analyzersOf } from './analyzers.js';
import { type AttachmentObjects, attachmentObjects } from './attachment-objects.js';
import { ConfigError } from './config-error.js';
import { keptSecrets, type SecretSource } from './development-secrets.js';
import { MasterKeysFile } from './master-keys-file.js';
import type { NamedKey } from './parsers.js';
import { readVariables } from './read-variables.js';
import { isWeakSecret } from './secrets.js';
import { type TracesSettings, tracesSettings } from './traces-settings.js';
import type { Environment, Values } from './variables.js';

export type { AttachmentObjects } from './attachment-objects.js';
export { ConfigError } from './config-error.js';

/** A key that signs connection strings and from which message keys are derived. */
export interface TokenKey {
  readonly kid: string;
  /** At least 32 bytes. */
  readonly secret: Buffer;
}

/** A key that wraps the data keys of the vault. */
export interface MasterKey {
  readonly kid: string;
  /** Exactly 32 bytes (AES-256). */
  readonly key: Buffer;
}

/** The service that holds the master keys instead of this process. */
export interface KeyManagement {
  readonly url: URL;
  readonly token: string;
}

/** Issuer of bearer tokens. */
export interface JwtIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: URL;
  /** Of which a token must have one in `acr`; undefined where none is asked for. */
  readonly acr: readonly string[] | undefined;
}

/** What one caller may do in a time. */
export interface Limits {
  readonly userPerMinute: number;
  readonly guestPerMinute: number;
  readonly userKibPerMinute: number;
  readonly userConnectsPerMinute: number;
  readonly addressConnectsPerMinute: number;
  readonly failuresPerMinute: number;
  readonly socketEventsPerSecond: number;
  readonly socketBurst: number;
  readonly socketKibPerSecond: number;
  readonly userSockets: number;
  readonly guestSockets: number;
}

export type LogLevel = Values['LOG_LEVEL'];
export type SocketTransport = Values['SOCKET_TRANSPORTS'][number];

/** All settings of a process, parsed once and frozen; Nest injects it by this class. Made by `loadConfig` only. */
export class Config {
  readonly environment: Environment;
  readonly host: string;
  /** 0 means: any free port; ask the server which one it became. */
  readonly port: number;
  readonly publicUrl: URL | undefined;
  /** Undefined: run the embedded PostgreSQL in `dataDir`. */
  readonly databaseUrl: string | undefined;
  readonly databasePoolSize: number;
  /** Undefined: hints go through PostgreSQL. */
  readonly redisUrl: string | undefined;
  /** Absolute path. */
  readonly dataDir: string;
  /** Of the right outer form; its check digits are verified where it is used. */
  readonly bootstrapApiKey: string | undefined;
  /** Whether a start fills in data to look around. */
  readonly demo: boolean;
  /** Whether the page for looking around is there. */
  readonly playground: boolean;
  readonly apiKeySecret: Buffer;
  /** At least one; the first signs, all verify. */
  readonly tokenKeys: readonly TokenKey[];
  /** The first wraps, all unwrap; none where a KMS holds them. */
  readonly masterKeys: readonly MasterKey[];
  /** Where the master keys were read from, and are read again when it changes. */
  readonly masterKeysFile: string | undefined;
  readonly masterKms: KeyManagement | undefined;
  readonly analyzers: Analyzers;
  /** Undefined: there are no attachments. */
  readonly attachments: AttachmentObjects | undefined;
  /** How long keys of chats, and what they opened, stay in memory in clear. */
  readonly vaultKeySeconds: number;
  /** Days until the master keys that an erasure depends on are to be destroyed. */
  readonly erasureFinalDays: number;
  /** As configured; undefined stands for the default, which depends on the port: see `originsAllowedAt`. */
  readonly allowedOrigins: readonly string[] | undefined;
  readonly socketTransports: readonly SocketTransport[];
  readonly connectionStringSeconds: number;
  readonly sessionSeconds: number;
  readonly jwt: JwtIssuer | undefined;
  readonly trustProxyHops: number;
  readonly logLevel: LogLevel;
  /** Undefined: there are no traces. */
  readonly traces: TracesSettings | undefined;
  readonly limits: Limits;
  readonly shutdownSeconds: number;

  constructor(settings: Settings) {
    Object.assign(this, settings);
    Object.freeze(this);
  }

  /** Keeps secrets out of logs, whatever somebody hands to a logger. */
  toJSON(): string {
    return '[Config]';
  }

  [inspect.custom](): string {
    return '[Config]';
  }

  /**
   * Origins that browsers may call from, once the port is known; `['*']` means all. Without ALLOWED_ORIGINS these are
   * PUBLIC_URL's own and, outside production, this machine at `port`, so that the API documents can try calls.
   */
  originsAllowedAt(port: number): readonly string[] {
    if (this.allowedOrigins !== undefined) return this.allowedOrigins;
    const own = this.publicUrl === undefined ? [] : [this.publicUrl.origin];
    if (this.environment === 'production') return own;
    // `origin` drops the port where it is the scheme's own, as browsers do.
    return [...own, ...['localhost', '127.0.0.1', '[::1]'].map((host) => new URL(`http://${host}:${port}`).origin)];
  }
}

type Settings = Omit<Config, 'originsAllowedAt' | 'toJSON' | typeof inspect.custom>;

/**
 * The settings that `env` describes. Throws `ConfigError` for the first one that is missing, malformed or unsafe. Outside
 * production, secrets that are not given come from `secretSource`; the default one keeps them in DATA_DIR.
 */
export function loadConfig(env: NodeJS.ProcessEnv, secretSource: SecretSource = keptSecrets): Config {
  const values = readVariables(env);
  const production = values.NODE_ENV === 'production';
  const dataDir = resolve(values.DATA_DIR);
  if (production && values.ALLOWED_ORIGINS?.includes('*')) {
    throw new ConfigError('ALLOWED_ORIGINS', 'must name its origins in production, not *');
  }
  if (production && values.DEMO === 'true') throw new ConfigError('DEMO', 'must not be true in production');
  const jwt = jwtIssuer(values, production);
  const masterKms = keyManagement(values, production);
  const secrets = withMasterKeys(values);
  if (production) refuseWeakSecrets(secrets);
  const { apiKeySecret, tokenKeys, masterKeys } = completed(secrets, dataDir, secretSource);

  return new Config({
    environment: values.NODE_ENV,
    host: values.HOST,
    port: values.PORT,
    publicUrl: values.PUBLIC_URL,
    databaseUrl: values.DATABASE_URL,
    databasePoolSize: values.DATABASE_POOL_SIZE,
    redisUrl: values.REDIS_URL,
    dataDir,
    bootstrapApiKey: values.BOOTSTRAP_API_KEY,
    demo: values.DEMO === 'true',
    playground: values.PLAYGROUND === 'true',
    apiKeySecret,
    tokenKeys: Object.freeze(tokenKeys.map(({ kid, bytes }) => Object.freeze({ kid, secret: bytes }))),
    masterKeys: Object.freeze(masterKeys.map(({ kid, bytes }) => Object.freeze({ kid, key: bytes }))),
    masterKeysFile: values.MASTER_KEYS_FILE,
    masterKms,
    analyzers: analyzersOf(values),
    attachments: attachmentObjects(values, production),
    vaultKeySeconds: values.VAULT_KEY_SECONDS,
    erasureFinalDays: values.ERASURE_FINAL_DAYS,
    allowedOrigins: values.ALLOWED_ORIGINS,
    socketTransports: values.SOCKET_TRANSPORTS,
    connectionStringSeconds: values.CONNECTION_STRING_SECONDS,
    sessionSeconds: values.SESSION_SECONDS,
    jwt,
    trustProxyHops: values.TRUST_PROXY_HOPS,
    logLevel: values.LOG_LEVEL,
    traces: tracesSettings(values),
    limits: Object.freeze({
      userPerMinute: values.RATE_LIMIT_USER_PER_MINUTE,
      guestPerMinute: values.RATE_LIMIT_GUEST_PER_MINUTE,
      userKibPerMinute: values.RATE_LIMIT_USER_KIB_PER_MINUTE,
      userConnectsPerMinute: values.RATE_LIMIT_USER_CONNECTS_PER_MINUTE,
      addressConnectsPerMinute: values.RATE_LIMIT_ADDRESS_CONNECTS_PER_MINUTE,
      failuresPerMinute: values.RATE_LIMIT_ADDRESS_FAILURES_PER_MINUTE,
      socketEventsPerSecond: values.RATE_LIMIT_SOCKET_PER_SECOND,
      socketBurst: values.RATE_LIMIT_SOCKET_BURST,
      socketKibPerSecond: values.RATE_LIMIT_SOCKET_KIB_PER_SECOND,
      userSockets: values.MAX_SOCKETS_PER_USER,
      guestSockets: values.MAX_SOCKETS_PER_GUEST,
    }),
    shutdownSeconds: values.SHUTDOWN_SECONDS,
  });
}

interface Secrets {
  readonly API_KEY_SECRET: Buffer | undefined;
  readonly TOKEN_KEYS: readonly NamedKey[] | undefined;
  readonly MASTER_KEYS: readonly NamedKey[] | undefined;
}

function jwtIssuer(values: Values, production: boolean): JwtIssuer | undefined {
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience, JWT_JWKS_URL: jwksUrl, JWT_ACR: acr } = values;
  if (issuer === undefined && audience === undefined && jwksUrl === undefined && acr === undefined) {
    return undefined;
  }
  const together = 'must be set together with the other two JWT_ variables, or none of them';
  if (issuer === undefined) throw new ConfigError('JWT_ISSUER', together);
  if (audience === undefined) throw new ConfigError('JWT_AUDIENCE', together);
  if (jwksUrl === undefined) throw new ConfigError('JWT_JWKS_URL', together);
  if (production && jwksUrl.protocol !== 'https:')
    throw new ConfigError('JWT_JWKS_URL', 'must be an https address in production');
  return Object.freeze({ issuer, audience, jwksUrl, acr });
}

/** Master keys come from the environment, a file or a KMS: from one of them. */
function withMasterKeys(values: Values): Secrets {
  const { MASTER_KEYS_FILE: path, MASTER_KMS_URL: kms } = values;
  if (path !== undefined && values.MASTER_KEYS !== undefined) {
    throw new ConfigError('MASTER_KEYS_FILE', 'must not be set beside MASTER_KEYS');
  }
  if (kms !== undefined) {
    if (values.MASTER_KEYS !== undefined || path !== undefined) {
      throw new ConfigError('MASTER_KMS_URL', 'must not be set beside MASTER_KEYS or MASTER_KEYS_FILE');
    }
    return { ...values, MASTER_KEYS: [] };
  }
  if (path !== undefined) {
    return { ...values, MASTER_KEYS: new MasterKeysFile(path).read() };
  }
  if (values.NODE_ENV === 'production' && values.MASTER_KEYS === undefined) {
    throw new ConfigError('MASTER_KEYS', 'or MASTER_KEYS_FILE or MASTER_KMS_URL must be set in production');
  }
  return values;
}

function keyManagement(values: Values, production: boolean): KeyManagement | undefined {
  const { MASTER_KMS_URL: url, MASTER_KMS_TOKEN: token } = values;
  if (url === undefined && token === undefined) return undefined;
  if (url === undefined) throw new ConfigError('MASTER_KMS_URL', 'must be set together with MASTER_KMS_TOKEN');
  if (token === undefined) throw new ConfigError('MASTER_KMS_TOKEN', 'must be set together with MASTER_KMS_URL');
  if (production && url.protocol !== 'https:') {
    throw new ConfigError('MASTER_KMS_URL', 'must be an https address in production');
  }
  return Object.freeze({ url, token });
}

function refuseWeakSecrets(secrets: Secrets): void {
  const all: readonly (readonly [string, readonly Buffer[]])[] = [
    ['API_KEY_SECRET', secrets.API_KEY_SECRET ? [secrets.API_KEY_SECRET] : []],
    ['TOKEN_KEYS', (secrets.TOKEN_KEYS ?? []).map(({ bytes }) => bytes)],
    ['MASTER_KEYS', (secrets.MASTER_KEYS ?? []).map(({ bytes }) => bytes)],
  ];
  const seen = new Set<string>();
  for (const [name, buffers] of all) {
    for (const bytes of buffers) {
      if (isWeakSecret(bytes))
        throw new ConfigError(name, 'must be drawn at random, for instance with: openssl rand -hex 32');
      const identity = bytes.toString('hex');
      if (seen.has(identity)) throw new ConfigError(name, 'must not repeat a secret that is used elsewhere');
      seen.add(identity);
    }
  }
}

/** Fills in what is missing; in production nothing is, by the checks before. */
function completed(secrets: Secrets, dataDir: string, source: SecretSource) {
  const { API_KEY_SECRET: apiKeySecret, TOKEN_KEYS: tokenKeys, MASTER_KEYS: masterKeys } = secrets;
  if (apiKeySecret && tokenKeys && masterKeys) return { apiKeySecret, tokenKeys, masterKeys };
  const { API_KEY_SECRET, TOKEN_KEYS, MASTER_KEYS } = source(dataDir);
  const own = readVariables({ API_KEY_SECRET, TOKEN_KEYS, MASTER_KEYS });
  const complete = {
    apiKeySecret: apiKeySecret ?? own.API_KEY_SECRET,
    tokenKeys: tokenKeys ?? own.TOKEN_KEYS,
    masterKeys: masterKeys ?? own.MASTER_KEYS,
  };
  if (!complete.apiKeySecret || !complete.tokenKeys || !complete.masterKeys) {
    throw new ConfigError('DATA_DIR', 'has an incomplete secrets.json');
  }
  return complete as { apiKeySecret: Buffer; tokenKeys: readonly NamedKey[]; masterKeys: readonly NamedKey[] };
}
