import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Database, type Statement } from '../../src/database/database.js';

/** What timers ask, whether anybody calls or not, and hints to other nodes, which nobody waits for. */
const BACKGROUND =
  /^chat_key_stale$|^chat_last_seqs$|^revoked_token_key_all$|^notify$|_sweep$|^retention|^presence|^session_write$|^session_to_end$/;

/** For those who want to hear of timers too. */
export const EVERYTHING = /^(?!)/;

/** Names of the statements that an application asks from now on, in order; `stop` ends the listening. */
export function listenToStatements(
  app: NestFastifyApplication,
  unheard = BACKGROUND,
): { readonly names: string[]; stop(): void } {
  const database = app.get(Database, { strict: false });
  const names: string[] = [];
  const note = ({ name }: Statement): void => {
    if (!unheard.test(name)) names.push(name);
  };
  const query = database.query.bind(database);
  const read = database.read.bind(database);
  database.query = <Row>(statement: Statement, values: readonly unknown[]) => {
    note(statement);
    return query<Row>(statement, values);
  };
  database.read = <Row>(statement: Statement, values: readonly unknown[], rows: number) => {
    note(statement);
    return read<Row>(statement, values, rows);
  };
  const stop = (): void => {
    Reflect.deleteProperty(database, 'query');
    Reflect.deleteProperty(database, 'read');
  };
  return { names, stop };
}
