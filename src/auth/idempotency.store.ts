import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../database/database.js';

/** What is known of an idempotency key before the request runs. */
export type Claim =
  | { readonly state: 'claimed'; readonly call: ClaimedCall }
  | { readonly state: 'running' }
  | { readonly state: 'answered'; readonly requestMac: Buffer; readonly sealedAnswer: Buffer };

/** A call that holds the claim for its key. */
export interface ClaimedCall {
  readonly principalId: string;
  readonly keyMac: Buffer;
  /** Of the claim, as PostgreSQL writes it: whoever takes over has another. */
  readonly since: string;
}

// A claim whose process died is taken over after a minute, longer than any request may run.
const CLAIM = {
  name: 'idempotency_claim',
  text: `INSERT INTO idempotency_keys (principal_id, key_mac, request_mac) VALUES ($1, $2, $3)
         ON CONFLICT (principal_id, key_mac) DO UPDATE SET created_at = now(), request_mac = $3
           WHERE idempotency_keys.sealed_answer IS NULL AND idempotency_keys.created_at < now() - interval '60 seconds'
         RETURNING created_at::text AS since`,
};
const FIND = {
  name: 'idempotency_find',
  text: `SELECT request_mac AS "requestMac", sealed_answer AS "sealedAnswer"
           FROM idempotency_keys WHERE principal_id = $1 AND key_mac = $2`,
};
const ANSWER = {
  name: 'idempotency_answer',
  text: `UPDATE idempotency_keys SET sealed_answer = $4
          WHERE principal_id = $1 AND key_mac = $2 AND created_at = $3::timestamptz AND sealed_answer IS NULL RETURNING 1`,
};
const RELEASE = {
  name: 'idempotency_release',
  text: `DELETE FROM idempotency_keys
          WHERE principal_id = $1 AND key_mac = $2 AND created_at = $3::timestamptz AND sealed_answer IS NULL`,
};
const SWEEP = {
  name: 'idempotency_sweep',
  text: `DELETE FROM idempotency_keys WHERE created_at < now() - interval '24 hours'`,
};

@Injectable()
export class IdempotencyStore {
  constructor(private readonly database: Database) {}

  async claim(principalId: string, keyMac: Buffer, requestMac: Buffer): Promise<Claim> {
    const [claimed] = await this.database.query<{ since: string }>(CLAIM, [principalId, keyMac, requestMac]);
    if (claimed) return { state: 'claimed', call: { principalId, keyMac, since: claimed.since } };
    const [row] = await this.database.query<{ requestMac: Buffer; sealedAnswer: Buffer | null }>(FIND, [
      principalId,
      keyMac,
    ]);
    if (!row?.sealedAnswer) return { state: 'running' };
    return { state: 'answered', requestMac: row.requestMac, sealedAnswer: row.sealedAnswer };
  }

  /** @returns false where another has taken the call over, or it was answered already */
  async answer(call: ClaimedCall, sealedAnswer: Buffer, transaction: Queryable = this.database): Promise<boolean> {
    return (await transaction.query(ANSWER, [...columns(call), sealedAnswer])).length > 0;
  }

  /** Lets a repetition run, unless the call was answered. */
  async release(call: ClaimedCall): Promise<void> {
    await this.database.query(RELEASE, columns(call));
  }

  /** Forgets answers that are older than a day. */
  async sweep(): Promise<void> {
    await this.database.query(SWEEP, []);
  }
}

const columns = ({ principalId, keyMac, since }: ClaimedCall) => [principalId, keyMac, since];
