import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../../database/database.js';
import type { Receipt } from './receipt.js';

export interface SignedReceipt extends Receipt {
  readonly signature: string;
  readonly publicKey: string;
}

interface ErasureRow {
  readonly receipt: Receipt;
  readonly signature: string;
  readonly publicKey: string;
}

const INSERT = {
  name: 'erasure_insert',
  text: `INSERT INTO erasures (workspace_id, id, receipt, signature, public_key, kids, final_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7)`,
};
const FIND = {
  name: 'erasure_find',
  text: `SELECT receipt, signature, public_key AS "publicKey" FROM erasures WHERE workspace_id = $1 AND id = $2`,
};
const PAGE = {
  name: 'erasure_page',
  text: `SELECT receipt, signature, public_key AS "publicKey" FROM erasures
          WHERE workspace_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`,
};
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

@Injectable()
export class ErasureStore {
  constructor(private readonly database: Database) {}

  async insert(transaction: Queryable, { signature, publicKey, ...receipt }: SignedReceipt): Promise<void> {
    const { workspaceId, id, kids, finalBy } = receipt;
    await transaction.query(INSERT, [workspaceId, id, JSON.stringify(receipt), signature, publicKey, kids, finalBy]);
  }

  async find(workspaceId: string, id: string): Promise<SignedReceipt | undefined> {
    return (await this.database.query<ErasureRow>(FIND, [workspaceId, id])).map(toReceipt)[0];
  }

  /** Latest first, before the one given. */
  async page(workspaceId: string, limit: number, before: string = LAST_ID): Promise<SignedReceipt[]> {
    return (await this.database.query<ErasureRow>(PAGE, [workspaceId, before, limit])).map(toReceipt);
  }
}

const toReceipt = ({ receipt, signature, publicKey }: ErasureRow): SignedReceipt => ({
  ...receipt,
  signature,
  publicKey,
});
