import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { Config } from '../config/config.js';
import { CodedError } from '../errors/coded-error.js';
import { futureTime } from '../edge/future-time.js';
import { type Page, idOfCursor, toPage } from '../edge/page.js';
import { isUuid } from '../edge/uuid.js';
import { SecurityLog } from '../logging/security-log.js';
import { within } from '../database/database.js';
import { AccessChanges } from './access-changes.js';
import type { KeepAnswer } from './answer-keeper.js';
import { createApiKey, parseApiKey } from './api-key.js';
import { ApiKeyDto, type CreateApiKeyDto, type CreatedApiKeyDto } from './api-key.dto.js';
import { ApiKeyStore } from './api-key.store.js';
import { hashSecret } from '../config/checked-secret.js';
import type { Principal } from './principal.js';
import type { Scope } from './scope.js';
import { UserAccesses } from './user-accesses.js';

@Injectable()
export class ApiKeysService {
  constructor(
    private readonly config: Config,
    private readonly keys: ApiKeyStore,
    private readonly accesses: UserAccesses,
    private readonly changes: AccessChanges,
    private readonly security: SecurityLog,
  ) {}

  /**
   * Nobody can make a key that can do more than the one they hold: scopes must be the caller's own, unless the caller
   * is an admin.
   * @throws CodedError `user_not_found` also where the user is somebody else's business
   */
  async create(
    principal: Principal,
    userId: string,
    request: CreateApiKeyDto,
    keepAnswer: KeepAnswer,
  ): Promise<CreatedApiKeyDto> {
    await this.accesses.require(principal, userId);
    const scopes = request.scopes ?? [];
    const isAdmin = principal.scopes.has('admin');
    if (!isAdmin && !scopes.every((scope) => principal.scopes.has(scope))) throw new CodedError('forbidden');
    const expiresAt = request.expiresAt === undefined ? null : futureTime(request.expiresAt, 'expiresAt');
    const { key } = createApiKey(this.config.environment === 'production' ? 'live' : 'test');
    const created = await this.keys.transaction(async (transaction) => {
      const kept = await this.keep(userId, key, request.name, scopes, expiresAt, transaction);
      await keepAnswer(await within(transaction), kept);
      return kept;
    });
    this.security.changed('keyMade', principal, { keyId: created.id });
    return created;
  }

  /** Stores a given key; the caller has checked that it is well-formed. */
  async keep(
    userId: string,
    key: string,
    name: string,
    scopes: Scope[],
    expiresAt: Date | null,
    transaction?: EntityManager,
  ): Promise<CreatedApiKeyDto> {
    const lookupId = parseApiKey(key)?.lookupId;
    if (lookupId === undefined) throw new CodedError('internal');
    const hash = hashSecret(key, this.config.apiKeySecret);
    const row = await this.keys.insert({ id: uuidv7(), userId, lookupId, hash, name, scopes, expiresAt }, transaction);
    return Object.assign(ApiKeyDto.of(row), { key });
  }

  async list(principal: Principal, userId: string, limit: number, cursor?: string): Promise<Page<ApiKeyDto>> {
    await this.accesses.require(principal, userId);
    return toPage(
      'api-keys',
      await this.keys.ofUser(userId, limit + 1, idOfCursor('api-keys', cursor)),
      limit,
      ApiKeyDto.of,
    );
  }

  async revoke(principal: Principal, id: string): Promise<void> {
    const key = isUuid(id) ? await this.keys.find(id) : undefined;
    const mayManage = key && (key.userId === principal.userId || principal.scopes.has('admin'));
    if (!key || !mayManage) throw new CodedError('api_key_not_found');
    await this.keys.revoke(id);
    this.changes.announce({ credentialId: id });
    this.security.changed('keyRevoked', principal, { keyId: id });
  }
}
