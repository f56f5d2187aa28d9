import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Gathered } from '../database/gathered.js';

const BURN = {
  name: 'connection_string_burn',
  text: `INSERT INTO connection_strings_used (jti, expires_at)
         SELECT jti, to_timestamp(exp) FROM unnest($1::bytea[], $2::float8[]) AS s (jti, exp) ORDER BY jti
         ON CONFLICT DO NOTHING RETURNING jti`,
};
const SWEEP = {
  name: 'connection_string_sweep',
  text: `DELETE FROM connection_strings_used WHERE expires_at < now() - interval '2 minutes'`,
};

interface Burning {
  readonly jti: string;
  readonly expiresAt: number;
}

/** Which connection strings have opened their session. A record outlives its string, so that none is accepted twice. */
@Injectable()
export class UsedConnectionStringStore {
  private readonly burning = new Gathered((strings: readonly Burning[]) => this.burnAll(strings));

  constructor(private readonly database: Database) {}

  /** @returns false when the string was used before, on whichever node */
  burn(jti: string, expiresAt: number): Promise<boolean> {
    return this.burning.ask({ jti, expiresAt });
  }

  async sweep(): Promise<void> {
    await this.database.query(SWEEP, []);
  }

  /** In rising order of the names, as every node does it: two that burn the same strings cannot block each other. */
  private async burnAll(strings: readonly Burning[]): Promise<boolean[]> {
    const rows = await this.database.query<{ jti: Buffer }>(BURN, [
      strings.map(({ jti }) => Buffer.from(jti, 'base64url')),
      strings.map(({ expiresAt }) => expiresAt),
    ]);
    const burnt = new Set(rows.map(({ jti }) => jti.toString('base64url')));
    // Of two that bring the same string at once, the first has it.
    return strings.map(({ jti }) => burnt.delete(jti));
  }
}
