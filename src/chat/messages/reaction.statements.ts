/* Reactions to a message, and their numbers beside it. */

export const SET = {
  name: 'message_change_set_reaction',
  text: `INSERT INTO reactions (workspace_id, chat_id, message_id, user_id, reaction) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING RETURNING 1`,
};
export const UNSET = {
  name: 'message_change_unset_reaction',
  text: `DELETE FROM reactions
          WHERE workspace_id = $1 AND chat_id = $2 AND message_id = $3 AND user_id = $4 AND reaction = $5 RETURNING 1`,
};
export const COUNT = {
  name: 'message_change_count_reactions',
  text: `UPDATE messages SET reactions = (
           SELECT json_object_agg(reaction, n ORDER BY reaction) FROM (
             SELECT reaction, count(*)::int AS n FROM reactions
              WHERE workspace_id = $1 AND chat_id = $2 AND message_id = $3 GROUP BY reaction) r)
          WHERE workspace_id = $1 AND chat_id = $2 AND id = $3`,
};
