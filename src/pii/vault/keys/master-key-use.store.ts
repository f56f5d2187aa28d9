import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../../../database/database.js';
import type { ChatScope, WrappedSecret } from './key-provider.js';

export interface WrappedRow extends ChatScope, WrappedSecret {
  readonly version: number;
}

const IN_USE = {
  name: 'master_key_in_use',
  text: `WITH RECURSIVE kids AS (
           (SELECT kid FROM chat_keys ORDER BY kid LIMIT 1)
           UNION ALL
           SELECT (SELECT k.kid FROM chat_keys k WHERE k.kid > kids.kid ORDER BY k.kid LIMIT 1) FROM kids
            WHERE kids.kid IS NOT NULL)
         SELECT kid FROM kids WHERE kid IS NOT NULL`,
};
const COUNTS = {
  name: 'master_key_counts',
  text: 'SELECT kid, count(*)::float8 AS count FROM chat_keys GROUP BY kid',
};
const PENDING = {
  name: 'master_key_pending_erasures',
  text: 'SELECT kid, count(*)::float8 AS count FROM erasures, unnest(kids) AS kid GROUP BY kid',
};
const BATCH = {
  name: 'master_key_batch',
  text: `SELECT workspace_id AS "workspaceId", chat_id AS "chatId", kid, wrapped_key AS wrapped, version FROM chat_keys
          WHERE kid = $1 AND (workspace_id, chat_id) > ($2, $3) ORDER BY workspace_id, chat_id LIMIT $4`,
};
/*
 * An erasure or another rotation that came in between has wrapped the row itself: then nothing is written. Each row is looked
 * up by itself: joined, all rows that the old key wraps were read for every batch.
 */
const REWRAP = {
  name: 'master_key_rewrap',
  text: `UPDATE chat_keys k
            SET kid = q.kid, wrapped_key = q.wrapped,
                past_kids = CASE WHEN $1 = ANY (k.past_kids) THEN k.past_kids ELSE k.past_kids || $1::text END
           FROM unnest($2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::bytea[])
                AS q (workspace_id, chat_id, version, kid, wrapped)
          CROSS JOIN LATERAL (SELECT ctid FROM chat_keys c
                               WHERE c.workspace_id = q.workspace_id AND c.chat_id = q.chat_id AND c.version = q.version
                                 AND c.kid = $1 LIMIT 1 FOR UPDATE) c
          WHERE k.ctid = c.ctid
      RETURNING 1`,
};
const LOCK_TIMEOUT = { name: 'master_key_lock_timeout', text: `SET LOCAL lock_timeout = '10s'` };
/*
 * Whoever makes or replaces a key wraps it after its first write to one of these tables. Hence, when this lock is granted,
 * nobody is on the way to storing what an older master key has wrapped; readers are not held up.
 */
const LOCK = { name: 'master_key_lock', text: 'LOCK TABLE chats, chat_keys IN EXCLUSIVE MODE' };

/** Which master keys the secrets of chats are wrapped with. */
@Injectable()
export class MasterKeyUseStore {
  constructor(private readonly database: Database) {}

  /** Master keys that wrap something; reads a few index pages, however many chats there are. */
  async inUse(): Promise<string[]> {
    return (await this.database.query<{ kid: string }>(IN_USE, [])).map(({ kid }) => kid);
  }

  async counts(on: Queryable = this.database): Promise<Map<string, number>> {
    const rows = await on.query<{ kid: string; count: number }>(COUNTS, []);
    return new Map(rows.map(({ kid, count }) => [kid, count]));
  }

  /** Erasures whose copies a master key could still open. */
  async pendingErasures(): Promise<Map<string, number>> {
    const rows = await this.database.query<{ kid: string; count: number }>(PENDING, []);
    return new Map(rows.map(({ kid, count }) => [kid, count]));
  }

  /** Secrets that `kid` wraps, in order, after the given chat. */
  async batch(kid: string, { workspaceId, chatId }: ChatScope, limit: number): Promise<WrappedRow[]> {
    return this.database.query<WrappedRow>(BATCH, [kid, workspaceId, chatId, limit]);
  }

  /** @returns how many were still as they had been read, and are written */
  async rewrap(from: string, rows: readonly WrappedRow[]): Promise<number> {
    const written = await this.database.query(REWRAP, [
      from,
      rows.map(({ workspaceId }) => workspaceId),
      rows.map(({ chatId }) => chatId),
      rows.map(({ version }) => version),
      rows.map(({ kid }) => kid),
      rows.map(({ wrapped }) => wrapped),
    ]);
    return written.length;
  }

  /** Does `work` while no key of a chat can be made or replaced: a matter of milliseconds. */
  async whileStill<T>(work: (counts: ReadonlyMap<string, number>) => Promise<T>): Promise<T> {
    return this.database.transaction(async (transaction) => {
      await transaction.query(LOCK_TIMEOUT, []);
      await transaction.query(LOCK, []);
      return work(await this.counts(transaction));
    });
  }
}
