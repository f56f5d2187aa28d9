import { Injectable } from '@nestjs/common';
import { CodedError } from '../errors/coded-error.js';
import { SecurityLog } from '../logging/security-log.js';
import { AccessChanges } from './access-changes.js';
import { KeyRing } from './key-ring.js';
import type { Principal } from './principal.js';
import { RevokedTokenKeyStore } from './revoked-token-key.store.js';

/** Keeps the ring in step with what was revoked while processes run; taking a key out of TOKEN_KEYS needs a restart. */
@Injectable()
export class TokenKeys {
  constructor(
    private readonly ring: KeyRing,
    private readonly store: RevokedTokenKeyStore,
    private readonly changes: AccessChanges,
    private readonly security: SecurityLog,
  ) {}

  /**
   * For good, on all nodes: connection strings that were signed with it are refused, sessions that it opened end.
   * @throws CodedError `token_key_not_found`; `conflict` for the last good key, without which nobody could connect
   */
  async revoke(principal: Principal, kid: string): Promise<void> {
    await this.refresh();
    if (!this.ring.find(kid)) throw new CodedError('token_key_not_found');
    if (this.ring.size < 2) throw new CodedError('conflict', { reason: 'last_key' });
    await this.store.revoke(kid);
    await this.refresh();
    this.changes.announce({ kid });
    this.security.changed('signingKeyRevoked', principal, { kid });
  }

  /** Reads what was revoked, by whatever node. @throws CodedError `unavailable` */
  async refresh(): Promise<void> {
    this.ring.withdraw(new Set(await this.store.all()));
  }
}
