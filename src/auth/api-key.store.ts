import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, IsNull, MoreThan, Repository } from 'typeorm';
import { storing } from '../database/database-error.js';
import { Database } from '../database/database.js';
import { ApiKey } from './api-key.entity.js';
import type { Scope } from './scope.js';

/** What the hot path needs of a key. */
export interface KeyRecord {
  readonly id: string;
  readonly userId: string;
  readonly hash: Buffer;
  readonly scopes: Scope[];
  readonly expiresAt: Date | null;
}

const FIND_LIVE = {
  name: 'api_key_find_live',
  text: `SELECT id, user_id AS "userId", hash, scopes, expires_at AS "expiresAt"
           FROM api_keys WHERE lookup_id = $1 AND revoked_at IS NULL`,
};

const TOUCH = { name: 'api_key_touch', text: 'UPDATE api_keys SET last_used_at = now() WHERE id = $1' };

@Injectable()
export class ApiKeyStore {
  constructor(
    @InjectRepository(ApiKey) private readonly keys: Repository<ApiKey>,
    private readonly database: Database,
  ) {}

  transaction<T>(work: (transaction: EntityManager) => Promise<T>): Promise<T> {
    return storing(this.keys.manager.transaction(work));
  }

  async findLive(lookupId: string): Promise<KeyRecord | undefined> {
    return (await this.database.query<KeyRecord>(FIND_LIVE, [lookupId]))[0];
  }

  async touch(id: string): Promise<void> {
    await this.database.query(TOUCH, [id]);
  }

  async insert(
    key: Omit<ApiKey, 'createdAt' | 'lastUsedAt' | 'revokedAt'>,
    transaction: EntityManager = this.keys.manager,
  ): Promise<ApiKey> {
    const row = transaction.create(ApiKey, { ...key, lastUsedAt: null, revokedAt: null });
    await storing(transaction.insert(ApiKey, row));
    return row;
  }

  async find(id: string): Promise<ApiKey | undefined> {
    return (await storing(this.keys.findOneBy({ id }))) ?? undefined;
  }

  /** Keys of a user in order of creation, `limit` at the most, after the key `after`. */
  async ofUser(userId: string, limit: number, after?: string): Promise<ApiKey[]> {
    return storing(
      this.keys.find({ where: { userId, ...(after && { id: MoreThan(after) }) }, order: { id: 'ASC' }, take: limit }),
    );
  }

  async revoke(id: string): Promise<void> {
    await storing(this.keys.update({ id, revokedAt: IsNull() }, { revokedAt: new Date() }));
  }
}
