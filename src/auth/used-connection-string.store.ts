import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';

/**
 * Uses up the rows `jti, exp` of `burning`, and names those that nobody had used, on whichever node. In rising order, as
 * every node does it: two that burn the same strings cannot block each other.
 */
export const BURN = `INSERT INTO connection_strings_used (jti, expires_at)
         SELECT jti, to_timestamp(exp) FROM burning ORDER BY jti ON CONFLICT DO NOTHING RETURNING jti`;

const SWEEP = {
  name: 'connection_string_sweep',
  text: `DELETE FROM connection_strings_used WHERE expires_at < now() - interval '2 minutes'`,
};

/** Which connection strings have opened their session. A record outlives its string, so that none is accepted twice. */
@Injectable()
export class UsedConnectionStringStore {
  constructor(private readonly database: Database) {}

  async sweep(): Promise<void> {
    await this.database.query(SWEEP, []);
  }
}
