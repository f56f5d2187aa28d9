import type { Queryable } from '../../database/database.js';

/** The first row of a workspace's chain that is not as it was written. */
export interface BrokenChain {
  readonly workspaceId: string;
  readonly seq: number;
}

// A row is sound when it follows the one before and carries the hash of both; a chain, when it reaches its head.
const WORKSPACES = {
  name: 'audit_workspaces',
  text: `SELECT workspace_id AS "workspaceId" FROM audit_heads UNION SELECT workspace_id FROM audit ORDER BY 1`,
};
const VERIFY = {
  name: 'audit_verify',
  text: `
    WITH checked AS (
      SELECT a.workspace_id, a.seq,
             a.seq = row_number() OVER chain
               AND a.hash = audit_row_hash(coalesce(lag(a.hash) OVER chain, sha256('')), a) AS sound
        FROM audit a WHERE a.workspace_id = $1 WINDOW chain AS (PARTITION BY a.workspace_id ORDER BY a.seq)
    ), ends AS (
      SELECT workspace_id, seq, hash FROM audit WHERE workspace_id = $1 ORDER BY seq DESC LIMIT 1
    )
    SELECT workspace_id AS "workspaceId", min(seq)::float8 AS seq FROM (
      SELECT workspace_id, seq FROM checked WHERE NOT sound
      UNION ALL
      SELECT coalesce(h.workspace_id, e.workspace_id), coalesce(e.seq, 0) + 1
        FROM (SELECT * FROM audit_heads WHERE workspace_id = $1) h FULL JOIN ends e USING (workspace_id)
       WHERE (h.seq, h.hash) IS DISTINCT FROM (coalesce(e.seq, 0), coalesce(e.hash, sha256('')))
    ) broken GROUP BY workspace_id`,
};

/**
 * Checks the chains of all workspaces, one after the other, since no statement may take as long as all of them.
 * @param tell hears after each one how many are done, and of how many
 * @returns those that are broken, with the first row at fault
 */
export async function verifyAudit(
  database: Queryable,
  tell: (done: number, all: number) => void = () => undefined,
): Promise<BrokenChain[]> {
  const workspaces = await database.query<{ workspaceId: string }>(WORKSPACES, []);
  const broken: BrokenChain[] = [];
  for (const [index, { workspaceId }] of workspaces.entries()) {
    broken.push(...(await database.query<BrokenChain>(VERIFY, [workspaceId])));
    tell(index + 1, workspaces.length);
  }
  return broken;
}

/** The end of a workspace's chain at some time, as it is kept outside of the database. */
export interface AuditHead {
  readonly workspaceId: string;
  readonly seq: number;
  /** Hexadecimal. */
  readonly hash: string;
}

const HEADS = {
  name: 'audit_heads',
  text: `SELECT workspace_id AS "workspaceId", seq::float8 AS seq, encode(hash, 'hex') AS hash FROM audit_heads
          WHERE seq > 0 AND workspace_id > $1 ORDER BY workspace_id LIMIT $2`,
};
const CONTRADICTED = {
  name: 'audit_contradicted',
  text: `SELECT h.workspace_id AS "workspaceId", min(h.seq)::float8 AS seq
           FROM unnest($1::uuid[], $2::bigint[], $3::text[]) AS h (workspace_id, seq, hash)
           LEFT JOIN audit a ON a.workspace_id = h.workspace_id AND a.seq = h.seq
          WHERE h.hash IS DISTINCT FROM encode(a.hash, 'hex') GROUP BY h.workspace_id ORDER BY h.workspace_id`,
};
const PAGE = 1_000;

/** The ends of all chains. */
export async function* auditHeads(database: Queryable): AsyncGenerator<AuditHead> {
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const page = await database.query<AuditHead>(HEADS, [after, PAGE]);
    yield* page;
    const last = page.at(-1);
    if (!last) return;
    after = last.workspaceId;
  }
}

/**
 * Compares the chains with ends that were kept elsewhere: one that was written anew, in whole or from some row on, is sound in
 * itself and does not go through them.
 * @returns the workspaces where it does not, with the first place
 */
export const contradictedHeads = (database: Queryable, heads: readonly AuditHead[]): Promise<BrokenChain[]> =>
  database.query<BrokenChain>(CONTRADICTED, [
    heads.map(({ workspaceId }) => workspaceId),
    heads.map(({ seq }) => seq),
    heads.map(({ hash }) => hash),
  ]);
