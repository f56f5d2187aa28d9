import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';

/** What is known of an idempotency key before the request runs. */
export type Claim =
  | { readonly state: 'claimed' }
  | { readonly state: 'running' }
  | { readonly state: 'answered'; readonly requestMac: Buffer; readonly sealedAnswer: Buffer };

// A claim whose process died is taken over after a minute, longer than any request may run.
const CLAIM = {
  name: 'idempotency_claim',
  text: `INSERT INTO idempotency_keys (principal_id, key_mac, request_mac) VALUES ($1, $2, $3)
         ON CONFLICT (principal_id, key_mac) DO UPDATE SET created_at = now(), request_mac = $3
           WHERE idempotency_keys.sealed_answer IS NULL AND idempotency_keys.created_at < now() - interval '60 seconds'
         RETURNING 1`,
};
const FIND = {
  name: 'idempotency_find',
  text: `SELECT request_mac AS "requestMac", sealed_answer AS "sealedAnswer"
           FROM idempotency_keys WHERE principal_id = $1 AND key_mac = $2`,
};
const ANSWER = {
  name: 'idempotency_answer',
  text: 'UPDATE idempotency_keys SET sealed_answer = $3 WHERE principal_id = $1 AND key_mac = $2',
};
const RELEASE = {
  name: 'idempotency_release',
  text: 'DELETE FROM idempotency_keys WHERE principal_id = $1 AND key_mac = $2 AND sealed_answer IS NULL',
};
const SWEEP = {
  name: 'idempotency_sweep',
  text: `DELETE FROM idempotency_keys WHERE created_at < now() - interval '24 hours'`,
};

@Injectable()
export class IdempotencyStore {
  constructor(private readonly database: Database) {}

  async claim(principalId: string, keyMac: Buffer, requestMac: Buffer): Promise<Claim> {
    if ((await this.database.query(CLAIM, [principalId, keyMac, requestMac])).length > 0) return { state: 'claimed' };
    const [row] = await this.database.query<{ requestMac: Buffer; sealedAnswer: Buffer | null }>(FIND, [
      principalId,
      keyMac,
    ]);
    if (!row?.sealedAnswer) return { state: 'running' };
    return { state: 'answered', requestMac: row.requestMac, sealedAnswer: row.sealedAnswer };
  }

  async answer(principalId: string, keyMac: Buffer, sealedAnswer: Buffer): Promise<void> {
    await this.database.query(ANSWER, [principalId, keyMac, sealedAnswer]);
  }

  async release(principalId: string, keyMac: Buffer): Promise<void> {
    await this.database.query(RELEASE, [principalId, keyMac]);
  }

  /** Forgets answers that are older than a day. */
  async sweep(): Promise<void> {
    await this.database.query(SWEEP, []);
  }
}
