import {
  apiKeyGrammar,
  keyRing,
  listOf,
  oneOf,
  origins,
  postgresUrl,
  redisUrl,
  secret,
  text,
  texts,
  webUrl,
  wholeNumber,
  type Parser,
} from './parsers.js';

export const ENVIRONMENTS = ['production', 'development', 'test'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** One variable of the environment. Loading, `checkconfig` and docs/configuration.md are all made from these entries. */
export interface Variable<T> {
  readonly meaning: string;
  readonly parse: Parser<T>;
  /** Raw text that stands in when the variable is unset or empty; it passes the same parser. */
  readonly fallback?: string | ((environment: Environment) => string);
  /** How the default reads in documents where `fallback` alone does not say it. */
  readonly fallbackText?: string;
  /** Its value is never printed. */
  readonly secret?: true;
  /** There is no default in production. */
  readonly requiredInProduction?: true;
}

interface WithFallback<T> extends Variable<T> {
  readonly fallback: string | ((environment: Environment) => string);
}

const always = <T>(variable: WithFallback<T>): WithFallback<T> => variable;
const optional = <T>(variable: Omit<Variable<T>, 'fallback'>): Variable<T> => variable;

/** Every setting of the service. Names have no prefix; a misspelt name is therefore not noticed. */
export const VARIABLES = {
  NODE_ENV: always({
    meaning: 'Kind of installation. `production` has no default secrets, no embedded database and no wildcard origin.',
    parse: oneOf(...ENVIRONMENTS),
    fallback: 'development',
  }),
  HOST: always({
    meaning: 'Address to listen on.',
    parse: text,
    fallback: (environment) => (environment === 'production' ? '0.0.0.0' : '127.0.0.1'),
    fallbackText: '`127.0.0.1`; `0.0.0.0` in production',
  }),
  PORT: always({ meaning: 'Port to listen on; 0 takes a free one.', parse: wholeNumber(0, 65_535), fallback: '3000' }),
  PUBLIC_URL: optional({
    meaning: 'Address under which clients reach the service, for links in documents.',
    parse: webUrl('http', 'https'),
    fallbackText: 'none',
  }),
  DATABASE_URL: optional({
    meaning: 'PostgreSQL 15 to 18. Without it an embedded PostgreSQL runs in `DATA_DIR`.',
    parse: postgresUrl,
    fallbackText: 'embedded database',
    secret: true,
    requiredInProduction: true,
  }),
  DATABASE_POOL_SIZE: always({
    meaning: 'Most connections to the database that one process opens.',
    parse: wholeNumber(2, 500),
    fallback: '10',
  }),
  REDIS_URL: optional({
    meaning: 'Redis 6 or later, through which nodes hint to each other and count limits together; never needed.',
    parse: redisUrl,
    fallbackText: 'none: hints go through PostgreSQL, and each node counts for itself',
    secret: true,
  }),
  DATA_DIR: always({
    meaning: 'Directory of the embedded database and of generated secrets.',
    parse: text,
    fallback: '.data',
  }),
  DEMO: always({
    meaning:
      '`true` fills in a workspace, two users and a chat to look around, and prints keys for them. Not in production.',
    parse: oneOf('true', 'false'),
    fallback: 'false',
  }),
  PLAYGROUND: always({
    meaning:
      '`true` shows the page `/playground`, on which two users meet beside what the database holds of their chat.',
    parse: oneOf('true', 'false'),
    fallback: (environment) => String(environment !== 'production'),
    fallbackText: '`true`; `false` in production',
  }),
  BOOTSTRAP_API_KEY: optional({
    meaning: 'Key of the first user, instead of a random one that is printed once. Ignored once a user exists.',
    parse: apiKeyGrammar,
    fallbackText: 'random',
    secret: true,
  }),
  API_KEY_SECRET: optional({
    meaning: 'Secret under which API keys are hashed: at least 32 bytes, base64url or hexadecimal.',
    parse: secret(32),
    fallbackText: 'kept in `DATA_DIR`',
    secret: true,
    requiredInProduction: true,
  }),
  TOKEN_KEYS: optional({
    meaning:
      'Ring that signs connection strings, `kid:secret,kid2:secret`, at least 32 bytes each; the first one signs.',
    parse: keyRing((bytes) => bytes.length >= 32, 'at least 32'),
    fallbackText: 'kept in `DATA_DIR`',
    secret: true,
    requiredInProduction: true,
  }),
  MASTER_KEYS: optional({
    meaning: 'Ring that wraps the keys of the vault, `kid:key,kid2:key`, exactly 32 bytes each; the first one wraps.',
    parse: keyRing((bytes) => bytes.length === 32, 'exactly 32'),
    fallbackText: 'kept in `DATA_DIR`',
    secret: true,
  }),
  MASTER_KEYS_FILE: optional({
    meaning: 'File (mode 0600) that holds the value of `MASTER_KEYS`, instead of it.',
    parse: text,
    fallbackText: 'none',
  }),
  MASTER_KMS_URL: optional({
    meaning:
      'Address of a key service that holds the master keys instead; https in production. See docs/operations.md.',
    parse: webUrl('http', 'https'),
    fallbackText: 'none',
  }),
  MASTER_KMS_TOKEN: optional({
    meaning: 'Bearer token for `MASTER_KMS_URL`.',
    parse: text,
    fallbackText: 'none',
    secret: true,
  }),
  PII_ANALYZER: always({
    meaning: 'What finds personal data: the detector of this process, a Presidio analyzer service, or both together.',
    parse: oneOf('builtin', 'presidio', 'builtin+presidio'),
    fallback: 'builtin',
  }),
  PRESIDIO_URL: optional({
    meaning: 'Address of the Presidio analyzer service, without `/analyze`; it is sent the clear text of messages.',
    parse: webUrl('http', 'https'),
    fallbackText: 'none',
  }),
  PRESIDIO_LANGUAGE: always({
    meaning: 'Language that Presidio is told, one that it has a model for.',
    parse: text,
    fallback: 'en',
  }),
  PRESIDIO_TIMEOUT_MS: always({
    meaning:
      'Milliseconds that Presidio may take for a message. Without its answer, workspaces that require masking refuse the message (503); others go on with the built-in detector.',
    parse: wholeNumber(10, 60_000),
    fallback: '1000',
  }),
  PII_ONNX_MODEL: optional({
    meaning:
      'Folder of a token classification model (model.onnx, vocab.txt, config.json) that looks at messages too; needs the package onnxruntime-node, which is not among the dependencies. Fails as Presidio does.',
    parse: text,
    fallbackText: 'none',
  }),
  VAULT_KEY_SECONDS: always({
    meaning: 'Seconds for which the key of a chat, and what it opened, may stay in memory in clear; overwritten then.',
    parse: wholeNumber(1, 300),
    fallback: '300',
  }),
  ERASURE_FINAL_DAYS: always({
    meaning: 'Days after an erasure until the master keys that it names are to be retired, as its receipt promises.',
    parse: wholeNumber(1, 3_650),
    fallback: '30',
  }),
  ATTACHMENT_STORE_URL: optional({
    meaning:
      'Address of an S3-compatible store with the bucket in its path, such as `https://s3.example.org/files`; https in production. Without it there are no attachments. Clients upload to it and download from it.',
    parse: webUrl('http', 'https'),
    fallbackText: 'none',
  }),
  ATTACHMENT_STORE_REGION: always({
    meaning: 'Region that calls to the store are signed for.',
    parse: text,
    fallback: 'us-east-1',
  }),
  ATTACHMENT_STORE_ACCESS_KEY: optional({ meaning: 'Access key of the store.', parse: text, fallbackText: 'none' }),
  ATTACHMENT_STORE_SECRET_KEY: optional({
    meaning: 'Its secret.',
    parse: text,
    fallbackText: 'none',
    secret: true,
  }),
  ATTACHMENT_MAX_KIB: always({
    meaning: 'KiB of the largest attachment; text has 1,024 at most, since it is looked through.',
    parse: wholeNumber(1, 4_000_000),
    fallback: '10240',
  }),
  ALLOWED_ORIGINS: optional({
    meaning: 'Origins of browser applications that may call, separated by commas; `*` for all, not in production.',
    parse: origins,
    fallbackText: 'origin of `PUBLIC_URL`; outside production also this machine at the port that is listened on',
  }),
  SOCKET_TRANSPORTS: always({
    meaning: 'Transports of Socket.IO. `polling` puts the session id into URLs, where it is enough to read along.',
    parse: listOf('websocket', 'polling'),
    fallback: 'websocket',
  }),
  CONNECTION_STRING_SECONDS: always({
    meaning: 'Seconds in which a connection string must be used.',
    parse: wholeNumber(1, 300),
    fallback: '60',
  }),
  SESSION_SECONDS: always({
    meaning: 'Seconds that a session on the socket lasts.',
    parse: wholeNumber(1, 86_400),
    fallback: '3600',
  }),
  JWT_ISSUER: optional({ meaning: 'Issuer of bearer tokens that are accepted.', parse: text, fallbackText: 'none' }),
  JWT_AUDIENCE: optional({ meaning: 'Audience that such tokens must name.', parse: text, fallbackText: 'none' }),
  JWT_JWKS_URL: optional({
    meaning: 'Where the keys of the issuer are (JWKS); https in production.',
    parse: webUrl('http', 'https'),
    fallbackText: 'none',
  }),
  JWT_ACR: optional({
    meaning:
      'Values of `acr`, separated by commas, of which such tokens must have one: how strongly the issuer must have ' +
      'authenticated a person.',
    parse: texts,
    fallbackText: 'none: tokens are taken however weakly a person was authenticated',
  }),
  TRUST_PROXY_HOPS: always({
    meaning: 'Number of own proxies in front whose X-Forwarded-For is believed.',
    parse: wholeNumber(0, 16),
    fallback: '0',
  }),
  LOG_LEVEL: always({
    meaning: 'Least level that is logged.',
    parse: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    fallback: 'info',
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: optional({
    meaning:
      'Collector of OpenTelemetry that gets traces; `/v1/traces` is added. The other standard variables count too, such as OTEL_EXPORTER_OTLP_HEADERS, OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES and OTEL_TRACES_SAMPLER.',
    parse: webUrl('http', 'https'),
    fallbackText: 'none: there are no traces',
  }),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: optional({
    meaning: 'The same for traces alone, taken as it is.',
    parse: webUrl('http', 'https'),
    fallbackText: 'none',
  }),
  OTEL_EXPORTER_OTLP_PROTOCOL: always({
    meaning: 'How spans are written for the collector.',
    parse: oneOf('http/protobuf', 'http/json'),
    fallback: 'http/protobuf',
  }),
  OTEL_TRACES_EXPORTER: optional({
    meaning: '`otlp` sends traces without an address too, to http://localhost:4318; `none` sends none.',
    parse: oneOf('otlp', 'none'),
    fallbackText: '`otlp` where there is an address, else `none`',
  }),
  OTEL_SDK_DISABLED: always({
    meaning: '`true` sends no traces, whatever else is set.',
    parse: oneOf('true', 'false'),
    fallback: 'false',
  }),
  RATE_LIMIT_USER_PER_MINUTE: always({
    meaning: 'Requests and socket events per minute of one user, over all keys and sockets.',
    parse: wholeNumber(1, 100_000_000),
    fallback: '1000000',
  }),
  RATE_LIMIT_USER_KIB_PER_MINUTE: always({
    meaning: 'KiB per minute that one user may send, or one address without a credential.',
    parse: wholeNumber(1, 100_000_000),
    fallback: '4000000',
  }),
  RATE_LIMIT_USER_CONNECTS_PER_MINUTE: always({
    meaning: 'Sessions per minute that one user may open or renew.',
    parse: wholeNumber(1, 100_000_000),
    fallback: '100000',
  }),
  RATE_LIMIT_GUEST_PER_MINUTE: always({
    meaning: 'Requests and socket events per minute from one address without a credential.',
    parse: wholeNumber(1, 100_000_000),
    fallback: '60',
  }),
  RATE_LIMIT_ADDRESS_CONNECTS_PER_MINUTE: always({
    meaning: 'Handshakes per minute from one address or IPv6 /64, whatever becomes of them; twice as many connections.',
    parse: wholeNumber(1, 100_000_000),
    fallback: '100000',
  }),
  RATE_LIMIT_ADDRESS_FAILURES_PER_MINUTE: always({
    meaning: 'Wrong credentials per minute from one address; after them it is not heard until the minute is over.',
    parse: wholeNumber(1, 100_000_000),
    fallback: (environment) => (environment === 'production' ? '10' : '100000'),
    fallbackText: '`100000`; `10` in production',
  }),
  RATE_LIMIT_SOCKET_PER_SECOND: always({
    meaning: 'Events per second of one socket, in the long run.',
    parse: wholeNumber(1, 1_000_000),
    fallback: (environment) => (environment === 'production' ? '20' : '500'),
    fallbackText: '`500`; `20` in production',
  }),
  RATE_LIMIT_SOCKET_BURST: always({
    meaning: 'Events of one socket that may come at once.',
    parse: wholeNumber(1, 1_000_000),
    fallback: (environment) => (environment === 'production' ? '40' : '1000'),
    fallbackText: '`1000`; `40` in production',
  }),
  RATE_LIMIT_SOCKET_KIB_PER_SECOND: always({
    meaning: 'KiB per second of one socket in the long run; twice as many may come at once.',
    parse: wholeNumber(64, 1_000_000),
    fallback: '8192',
  }),
  MAX_SOCKETS_PER_USER: always({
    meaning: 'Sockets of one user that may be open at once on one node.',
    parse: wholeNumber(1, 1_000_000),
    fallback: '10000',
  }),
  MAX_SOCKETS_PER_GUEST: always({
    meaning: 'Sockets of guests that may be open at once on one node from one address.',
    parse: wholeNumber(1, 1_000_000),
    fallback: '100',
  }),
  SHUTDOWN_SECONDS: always({
    meaning: 'Seconds that running calls get after SIGTERM.',
    parse: wholeNumber(0, 9),
    fallback: '8',
  }),
} as const;

export type VariableName = keyof typeof VARIABLES;

type ValueOf<V> = V extends WithFallback<infer T> ? T : V extends Variable<infer T> ? T | undefined : never;

/** The parsed values, by the names of the variables. */
export type Values = { readonly [Name in VariableName]: ValueOf<(typeof VARIABLES)[Name]> };
