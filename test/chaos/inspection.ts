import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Client } from 'pg';
import type { Canary } from './canary.js';
import type { Ledger } from './ledger.js';
import type { Scene } from './scene.js';

interface Row {
  readonly chatId: string;
  readonly seq: number;
  readonly kind: string;
  readonly messageId: string;
  readonly clientMessageId: string | null;
}

const EVENTS = `
  SELECT chat_id AS "chatId", seq::float8 AS seq, 'created' AS kind, id AS "messageId",
         client_message_id AS "clientMessageId" FROM messages
  UNION ALL
  SELECT chat_id, seq::float8, kind, message_id, NULL FROM message_changes
  ORDER BY 1, 2`;

/** How far each chat has come, by the table. */
export async function endsOf(sql: Client): Promise<Map<string, number>> {
  const { rows } = await sql.query<{ id: string; lastSeq: number }>(
    'SELECT id, last_seq::float8 AS "lastSeq" FROM chats',
  );
  return new Map(rows.map(({ id, lastSeq }) => [id, lastSeq]));
}

/** Holds what clients were told against what the tables say. */
export async function compareWithTables(sql: Client, ledger: Ledger): Promise<void> {
  const { rows } = await sql.query<Row>(EVENTS);
  const ends = await endsOf(sql);
  const byClientId = new Map<string, Row[]>();
  const byPlace = new Map<string, Row>();
  const last = new Map<string, number>();
  for (const row of rows) {
    const before = last.get(row.chatId) ?? 0;
    if (row.seq !== before + 1)
      ledger.fault('gap or disorder', `${row.chatId}: ${row.seq} follows ${before} in the table`);
    last.set(row.chatId, row.seq);
    byPlace.set(`${row.chatId} ${row.seq}`, row);
    if (row.clientMessageId === null) continue;
    byClientId.set(row.clientMessageId, [...(byClientId.get(row.clientMessageId) ?? []), row]);
  }
  for (const [chatId, end] of ends) {
    if ((last.get(chatId) ?? 0) !== end)
      ledger.fault('gap or disorder', `${chatId} says ${end}, its events end elsewhere`);
  }
  const created = rows.filter(({ kind }) => kind === 'created').length;
  ledger.count('rows of messages', created);
  ledger.count('rows of changes', rows.length - created);

  for (const { clientMessageId, id, seq } of ledger.attempts.values()) {
    const found = byClientId.get(clientMessageId) ?? [];
    if (found.length > 1) ledger.fault('doubled', `${clientMessageId} stands in the table ${found.length} times`);
    if (id === undefined) continue;
    if (found[0]?.messageId !== id || found[0].seq !== seq)
      ledger.fault('lost', `${clientMessageId} was acked as ${id}/${seq}`);
  }
  const known = ledger.attempts.size;
  if (created > known) ledger.fault('doubled', `${created} messages in the table, ${known} were sent`);
  for (const clientMessageId of ledger.refused) {
    if (byClientId.has(clientMessageId)) {
      ledger.fault('a refused string had an effect', `${clientMessageId} was refused and stands in the table`);
    }
  }
  for (const { chatId, seq, messageId } of ledger.changes) {
    if (byPlace.get(`${chatId} ${seq}`)?.messageId !== messageId) ledger.fault('lost', `change ${seq} of ${chatId}`);
  }
  ledger.count('changes acked', ledger.changes.length);
  for (const [chatId, events] of ledger.seen) {
    for (const [seq, event] of events) {
      const row = byPlace.get(`${chatId} ${seq}`);
      const expected = row && `${row.kind} ${row.messageId}`;
      if (event !== expected)
        ledger.fault('shown before the commit', `${chatId} ${seq}: readers saw ${event}, not ${expected}`);
    }
  }
  for (const chatId of ends.keys()) {
    const history = ledger.histories.get(chatId) ?? new Map<number, string>();
    const messages = rows.filter((row) => row.chatId === chatId && row.kind === 'created');
    for (const { seq, messageId } of messages) {
      if (history.get(seq) !== messageId)
        ledger.fault('gap or disorder', `history of ${chatId}: ${history.get(seq)} at ${seq}, not ${messageId}`);
    }
    if (history.size > messages.length)
      ledger.fault('shown before the commit', `history of ${chatId}: ${history.size} of ${messages.length} messages`);
  }
}

/** Every row of every table, as PostgreSQL writes rows, in pieces. */
export async function scanTables(sql: Client, scene: Scene): Promise<void> {
  const { rows } = await sql.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname <> 'information_schema'`,
  );
  for (const { name } of rows) {
    await sql.query(`BEGIN`);
    await sql.query(`DECLARE piece CURSOR FOR SELECT t::text AS row FROM ${name} t`);
    for (;;) {
      const piece = await sql.query<{ row: string }>('FETCH 2000 FROM piece');
      if (piece.rows.length === 0) break;
      scene.ledger.count('rows looked through', piece.rows.length);
      scene.canary.inspect(`table ${name}`, piece.rows.map(({ row }) => row).join('\n'));
    }
    await sql.query('COMMIT');
  }
}

/** Every file below a directory: logs, heap, indexes, WAL. */
export function scanFiles(directory: string, scene: Scene): void {
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = readFileSync(path);
    scene.ledger.count('bytes of files looked through', bytes.length);
    scene.canary.inspect(relative(directory, path), bytes);
  }
}

/** Name of a count. */
export const TRACES = 'bytes of traces looked through';

/** Spans, as a server hands them over. */
export function inspectTraces(spans: Buffer, canary: Canary, ledger: Ledger): void {
  ledger.count(TRACES, spans.length);
  canary.inspect('traces', spans);
}
