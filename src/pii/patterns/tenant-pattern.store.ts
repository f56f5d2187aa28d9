import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../../database/database.js';
import type { TenantPattern } from './tenant-pattern.js';

/** A pattern as it is kept. */
export interface TenantPatternRow extends TenantPattern {
  readonly updatedAt: Date;
}

const OF_WORKSPACE = {
  name: 'tenant_patterns_of_workspace',
  text: `SELECT type, expression, context, score, updated_at AS "updatedAt"
           FROM tenant_patterns WHERE workspace_id = $1 ORDER BY type`,
};

const PUT = {
  name: 'tenant_patterns_put',
  text: `INSERT INTO tenant_patterns (workspace_id, type, expression, context, score) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (workspace_id, type) DO UPDATE
            SET expression = excluded.expression, context = excluded.context, score = excluded.score, updated_at = now()
         RETURNING type, expression, context, score, updated_at AS "updatedAt"`,
};

const DELETE = {
  name: 'tenant_patterns_delete',
  text: `DELETE FROM tenant_patterns WHERE workspace_id = $1 AND type = $2 RETURNING type`,
};

const DELETE_ALL = {
  name: 'tenant_patterns_delete_all',
  text: `DELETE FROM tenant_patterns WHERE workspace_id = $1`,
};

@Injectable()
export class TenantPatternStore {
  constructor(private readonly database: Database) {}

  /** In the order of their types. */
  ofWorkspace(workspaceId: string, within: Queryable = this.database): Promise<TenantPatternRow[]> {
    return within.query<TenantPatternRow>(OF_WORKSPACE, [workspaceId]);
  }

  async put(
    transaction: Queryable,
    workspaceId: string,
    { type, expression, context, score }: TenantPattern,
  ): Promise<TenantPatternRow | undefined> {
    const rows = await transaction.query<TenantPatternRow>(PUT, [workspaceId, type, expression, context, score]);
    return rows[0];
  }

  /** @returns whether there was one */
  async delete(transaction: Queryable, workspaceId: string, type: string): Promise<boolean> {
    return (await transaction.query(DELETE, [workspaceId, type])).length > 0;
  }

  async deleteAll(transaction: Queryable, workspaceId: string): Promise<void> {
    await transaction.query(DELETE_ALL, [workspaceId]);
  }
}
