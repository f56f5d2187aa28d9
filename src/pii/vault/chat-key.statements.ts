/* What is asked of the keys of chats: one row each, the secret wrapped by a master key. */

export const FIND = {
  name: 'chat_key_find',
  text: 'SELECT kid, wrapped_key AS wrapped, version FROM chat_keys WHERE workspace_id = $1 AND chat_id = $2',
};
/*
 * Whoever changes keys of chats that there are locks the key first and the chat last, since messages wait for the chat. The
 * table of chats is named before either, as by whoever retires a master key: all wait in one order.
 */
export const BEGIN_CHANGE = { name: 'chat_key_begin_change', text: 'LOCK TABLE chats IN ROW EXCLUSIVE MODE' };
export const LOCK = {
  name: 'chat_key_lock',
  text: `SELECT kid, wrapped_key AS wrapped, version, past_kids AS "pastKids" FROM chat_keys
          WHERE workspace_id = $1 AND chat_id = $2 FOR UPDATE`,
};
export const REPLACE = {
  name: 'chat_key_replace',
  text: `UPDATE chat_keys SET kid = $3, wrapped_key = $4, version = version + 1, past_kids = '{}'
          WHERE workspace_id = $1 AND chat_id = $2`,
};
export const OUTDATE_MESSAGES = {
  name: 'chat_key_outdate_messages',
  text: 'UPDATE chats SET erased_version = $3 WHERE workspace_id = $1 AND id = $2',
};
export const DESTROY = {
  name: 'chat_key_destroy',
  text: 'DELETE FROM chat_keys WHERE workspace_id = $1 AND ($2::uuid IS NULL OR chat_id = $2)',
};
export const OUTDATE = {
  name: 'chat_key_outdate',
  text: 'UPDATE chat_keys SET version = version + 1 WHERE workspace_id = $1 RETURNING chat_id AS "chatId"',
};
export const WORKSPACE_OF = {
  name: 'chat_key_workspace_of',
  text: 'SELECT workspace_id AS "workspaceId" FROM chat_keys WHERE chat_id = $1',
};
export const CHATS_OF = {
  name: 'chat_key_chats_of',
  text: 'SELECT chat_id AS "chatId" FROM chat_keys WHERE workspace_id = $1 ORDER BY chat_id',
};
export const PAGE = {
  name: 'chat_key_page',
  text: `SELECT chat_id AS "chatId", kid, wrapped_key AS wrapped, version FROM chat_keys
          WHERE workspace_id = $1 AND chat_id > $2 ORDER BY chat_id LIMIT $3`,
};
export const STALE = {
  name: 'chat_key_stale',
  text: `SELECT q.workspace_id AS "workspaceId", q.chat_id AS "chatId"
           FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS q (workspace_id, chat_id, version)
           LEFT JOIN chat_keys k USING (workspace_id, chat_id) WHERE k.version IS DISTINCT FROM q.version`,
};
