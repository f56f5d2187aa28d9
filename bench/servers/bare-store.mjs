import { Pool } from 'pg';

/*
 * What the bare servers share: one INSERT for each message, on a pool of 10 with a named statement; gapless seq for each
 * chat, unique client id. No verification, no masking, no vault, no rights.
 */
export const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 10, idleTimeoutMillis: 0 });

const INSERT = {
  name: 'insert',
  text: `WITH next AS (UPDATE bare_chats SET last_seq = last_seq + 1 WHERE id = $1 RETURNING last_seq)
         INSERT INTO bare_messages (chat_id, seq, sender, client_id, text) SELECT $1, last_seq, $2, $3, $4 FROM next
         RETURNING seq, created_at`,
};
const HISTORY = {
  name: 'history',
  text: `SELECT chat_id, seq, sender, client_id, text, created_at FROM bare_messages WHERE chat_id = $1 ORDER BY seq DESC LIMIT 50`,
};

/** Makes the tables, and the chats that `CHATS` names. */
export async function prepare() {
  await pool.query(`
    CREATE TABLE IF NOT EXISTS bare_chats (id text PRIMARY KEY, last_seq bigint NOT NULL) WITH (fillfactor = 50);
    CREATE TABLE IF NOT EXISTS bare_messages (
      chat_id text NOT NULL, seq bigint NOT NULL, sender text NOT NULL, client_id text NOT NULL, text text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (chat_id, seq), UNIQUE (chat_id, sender, client_id))`);
  const chats = (process.env.CHATS ?? '').split(',').filter(Boolean);
  await pool.query('INSERT INTO bare_chats SELECT id, 0 FROM unnest($1::text[]) id ON CONFLICT DO NOTHING', [chats]);
}

export async function insert(chatId, senderId, clientMessageId, text) {
  const { rows } = await pool.query({ ...INSERT, values: [chatId, senderId, clientMessageId, text] });
  return { chatId, seq: Number(rows[0].seq), senderId, clientMessageId, createdAt: rows[0].created_at, text };
}

export const history = async (chatId) => (await pool.query({ ...HISTORY, values: [chatId] })).rows;

/** Says where the server is, and ends with it. */
export function listen(http) {
  http.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: http.address().port })));
  process.on('SIGTERM', () => process.exit(0));
}
