import type { Queryable } from '../../database/database.js';

/** The first row of a workspace's chain that is not as it was written. */
export interface BrokenChain {
  readonly workspaceId: string;
  readonly seq: number;
}

// A row is sound when it follows the one before and carries the hash of both; a chain, when it reaches its head.
const VERIFY = {
  name: 'audit_verify',
  text: `
    WITH checked AS (
      SELECT a.workspace_id, a.seq,
             a.seq = row_number() OVER chain
               AND a.hash = audit_row_hash(coalesce(lag(a.hash) OVER chain, sha256('')), a) AS sound
        FROM audit a WINDOW chain AS (PARTITION BY a.workspace_id ORDER BY a.seq)
    ), ends AS (
      SELECT DISTINCT ON (workspace_id) workspace_id, seq, hash FROM audit ORDER BY workspace_id, seq DESC
    )
    SELECT workspace_id AS "workspaceId", min(seq)::float8 AS seq FROM (
      SELECT workspace_id, seq FROM checked WHERE NOT sound
      UNION ALL
      SELECT coalesce(h.workspace_id, e.workspace_id), coalesce(e.seq, 0) + 1
        FROM audit_heads h FULL JOIN ends e USING (workspace_id)
       WHERE (h.seq, h.hash) IS DISTINCT FROM (coalesce(e.seq, 0), coalesce(e.hash, sha256('')))
    ) broken GROUP BY workspace_id ORDER BY workspace_id`,
};

/** Checks the chains of all workspaces. @returns those that are broken, with the first row at fault */
export const verifyAudit = (database: Queryable): Promise<BrokenChain[]> => database.query<BrokenChain>(VERIFY, []);
