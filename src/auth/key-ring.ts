import { hkdfSync } from 'node:crypto';
import { CodedError } from '../errors/coded-error.js';

/** A secret of the configuration with the name under which tokens refer to it. */
export interface SigningKey {
  /** `[A-Za-z0-9_-]{1,64}`; stands in the header of every token made with the key, so it is no secret. */
  readonly kid: string;
  /** At least 32 random bytes (RFC 7518, section 3.2). */
  readonly secret: Buffer;
}

/** What is derived from one signing key. Each purpose has a secret of its own, so that no token passes as another. */
export interface RingKey {
  readonly kid: string;
  /** 32 bytes: signs connection strings (HS256). */
  readonly connectionSecret: Buffer;
  /** 32 bytes: root of the message keys of all sessions opened with this key. */
  readonly messageSecret: Buffer;
}

const KID = /^[A-Za-z0-9_-]{1,64}$/;
const MIN_SECRET_BYTES = 32;
const DERIVED_BYTES = 32;
/** A node without a good key is restarted with another configuration. */
const RETRY_SECONDS = 30;
const CONNECTION_INFO = 'cloakroom/connection-string/v1';
const MESSAGE_INFO = 'cloakroom/message-secret/v1';

/**
 * The keys that are good at present: the first signs, all of them verify. Rotation puts a new key in front and takes
 * the old one out when the last token made with it has expired; taking it out at once revokes all of its tokens.
 *
 * Secrets are derived by HKDF-SHA-256 (RFC 5869) once, here, with one info label per purpose.
 */
export class KeyRing {
  /** In the order of the configuration. */
  private readonly byKid = new Map<string, RingKey>();
  /** Those that were not revoked while the process runs. */
  private good: ReadonlyMap<string, RingKey> = this.byKid;

  /** @throws Error on an empty list, a malformed or repeated kid, or a secret under 32 bytes; it never quotes a secret */
  constructor(keys: readonly SigningKey[]) {
    if (keys.length === 0) throw new Error('The key ring is empty.');
    for (const key of keys) {
      if (!KID.test(key.kid)) throw new Error('A kid is not 1 to 64 characters of A-Z a-z 0-9 _ -.');
      if (this.byKid.has(key.kid)) throw new Error('Two keys have the same kid.');
      this.byKid.set(key.kid, derive(key));
    }
  }

  /** How many keys are good. */
  get size(): number {
    return this.good.size;
  }

  /** The key that signs new tokens. @throws CodedError `no_signing_key` when every key of the ring was revoked */
  get current(): RingKey {
    for (const key of this.good.values()) return key;
    throw new CodedError('no_signing_key', { retryAfter: RETRY_SECONDS });
  }

  /** From now on the ring does as if it had never had these keys. */
  withdraw(revoked: ReadonlySet<string>): void {
    this.good = new Map([...this.byKid].filter(([kid]) => !revoked.has(kid)));
  }

  /** The key of that name, or undefined when it was never or is no longer in the ring. A Map: no kid reaches a path or a query. */
  find(kid: string): RingKey | undefined {
    return this.good.get(kid);
  }
}

function derive({ kid, secret }: SigningKey): RingKey {
  if (secret.length < MIN_SECRET_BYTES) throw new Error('A signing secret has fewer than 32 bytes.');
  return Object.freeze({
    kid,
    connectionSecret: expand(secret, CONNECTION_INFO),
    messageSecret: expand(secret, MESSAGE_INFO),
  });
}

function expand(secret: Buffer, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', info, DERIVED_BYTES));
}
