import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';

const BURN = {
  name: 'connection_string_burn',
  text: `INSERT INTO connection_strings_used (jti, expires_at) VALUES ($1, to_timestamp($2))
         ON CONFLICT DO NOTHING RETURNING 1`,
};
const SWEEP = {
  name: 'connection_string_sweep',
  text: `DELETE FROM connection_strings_used WHERE expires_at < now() - interval '2 minutes'`,
};

/** Which connection strings have opened their session. A record outlives its string, so that none is accepted twice. */
@Injectable()
export class UsedConnectionStringStore {
  constructor(private readonly database: Database) {}

  /** @returns false when the string was used before, on whichever node */
  async burn(jti: string, expiresAt: number): Promise<boolean> {
    return (await this.database.query(BURN, [Buffer.from(jti, 'base64url'), expiresAt])).length > 0;
  }

  async sweep(): Promise<void> {
    await this.database.query(SWEEP, []);
  }
}
