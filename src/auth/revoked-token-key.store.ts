import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';

const REVOKE = {
  name: 'revoked_token_key_revoke',
  text: 'INSERT INTO revoked_token_keys (kid) VALUES ($1) ON CONFLICT DO NOTHING',
};
const ALL = { name: 'revoked_token_key_all', text: 'SELECT kid FROM revoked_token_keys' };

@Injectable()
export class RevokedTokenKeyStore {
  constructor(private readonly database: Database) {}

  async revoke(kid: string): Promise<void> {
    await this.database.query(REVOKE, [kid]);
  }

  async all(): Promise<string[]> {
    return (await this.database.query<{ kid: string }>(ALL, [])).map(({ kid }) => kid);
  }
}
