import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Config } from '../config/config.js';
import { ownBytes } from '../database/own-bytes.js';
import { CodedError } from '../errors/coded-error.js';
import { type AccessChange, AccessChanges } from './access-changes.js';
import { parseApiKey } from './api-key.js';
import { ApiKeyStore, type KeyRecord } from './api-key.store.js';
import { BearerTokens } from './bearer-tokens.js';
import { hashSecret, sameHash } from '../config/checked-secret.js';
import { GUEST, type Principal } from './principal.js';

/** How long a node may go on accepting a key that another node revoked. */
const CACHE_MS = 2_000;
const CACHED_KEYS = 10_000;
const TOUCH_INTERVAL_MS = 60_000;
/** Compared against when there is no such key, for equal timing. */
const NO_HASH = Buffer.alloc(32);

interface CachedKey {
  readonly hash: Buffer;
  readonly principal: Principal;
  readonly expiresAt: number;
}

/** Turns the credential of a request into a principal. */
@Injectable()
export class Authenticator {
  private readonly logger = new Logger(Authenticator.name);
  private readonly cache = new LRUCache<string, CachedKey>({ max: CACHED_KEYS, ttl: CACHE_MS });
  private readonly touched = new LRUCache<string, true>({ max: CACHED_KEYS, ttl: TOUCH_INTERVAL_MS });

  constructor(
    private readonly config: Config,
    private readonly keys: ApiKeyStore,
    private readonly bearerTokens: BearerTokens,
    changes: AccessChanges,
  ) {
    changes.onChange((change) => this.forget(change));
  }

  /**
   * @param rawHeaders Node's alternating names and values, since joined duplicates would hide a second credential
   * @returns the principal; the guest when no credential was sent at all
   * @throws CodedError `unauthenticated` for a credential that is wrong, `duplicate_header` for two of a kind
   */
  async authenticate(rawHeaders: readonly string[]): Promise<Principal> {
    const apiKey = only(rawHeaders, 'X-API-Key');
    const authorization = only(rawHeaders, 'Authorization');
    if (apiKey !== undefined && authorization !== undefined) throw new CodedError('unauthenticated');
    if (apiKey !== undefined) return this.byApiKey(apiKey);
    if (authorization === undefined) return GUEST;
    const token = /^Bearer ([\x21-\x7e]+)$/i.exec(authorization)?.[1];
    if (token === undefined) throw new CodedError('unauthenticated');
    return token.startsWith('ckr_') ? this.byApiKey(token) : this.bearerTokens.authenticate(token);
  }

  /** Forgets keys that were revoked, or whose user was removed, so that this holds at once wherever the hint comes. */
  private forget({ workspaceId, userId, credentialId }: AccessChange): void {
    if (workspaceId !== undefined || (userId === undefined && credentialId === undefined)) return;
    for (const [lookupId, { principal }] of this.cache.entries()) {
      if (principal.credentialId === credentialId || principal.userId === userId) this.cache.delete(lookupId);
    }
  }

  private async byApiKey(text: string): Promise<Principal> {
    const parsed = parseApiKey(text);
    if (!parsed) throw new CodedError('unauthenticated');
    // The hash is computed before the look-up, so that an unknown id and a wrong secret cost the same.
    const hash = hashSecret(text, this.config.apiKeySecret);
    // What is cached answers for its own secret only: with a wrong one the database is asked, as for an id that nobody has.
    const cached = this.cache.get(parsed.lookupId);
    const known = cached && sameHash(hash, cached.hash) ? cached : await this.load(parsed.lookupId);
    const matches = sameHash(hash, known?.hash ?? NO_HASH);
    if (!known || !matches || known.expiresAt <= Date.now()) throw new CodedError('unauthenticated');
    this.touch(known.principal.credentialId);
    return known.principal;
  }

  private async load(lookupId: string): Promise<CachedKey | undefined> {
    const record = await this.keys.findLive(lookupId);
    if (!record) return undefined;
    const cached = toCached(record);
    this.cache.set(lookupId, cached);
    return cached;
  }

  private touch(id: string): void {
    if (this.touched.has(id)) return;
    this.touched.set(id, true);
    this.keys.touch(id).catch(() => this.logger.debug('last use of an API key was not noted'));
  }
}

function toCached(record: KeyRecord): CachedKey {
  return {
    hash: ownBytes(record.hash),
    principal: Object.freeze({ userId: record.userId, credentialId: record.id, scopes: new Set(record.scopes) }),
    expiresAt: record.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY,
  };
}

/** The value of a header that may be there once. */
function only(rawHeaders: readonly string[], name: string): string | undefined {
  const wanted = name.toLowerCase();
  let found: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() !== wanted) continue;
    if (found !== undefined) throw new CodedError('duplicate_header', { header: name });
    found = rawHeaders[at + 1];
  }
  return found;
}
