import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../../database/database.js';
import { CodedError } from '../../errors/coded-error.js';
import { MESSAGE_COLUMNS, type MessageRow, type MessageView, viewOf } from '../messages/message-view.js';

/** Where a value shows: under which placeholder of which chat. */
export interface Shown {
  readonly chatId: string;
  readonly placeholder: string;
}

/** Longest that a search may take; it is meant to take milliseconds. */
const SEARCH_MS = 3_000;

// What a word is worth depends on the word: a plan that is made once for all of them is a bad one for most.
const PREPARE = {
  name: 'search_prepare',
  text: `SELECT set_config('plan_cache_mode', 'force_custom_plan', true),
                set_config('statement_timeout', '${SEARCH_MS}', true)`,
};
// A query of nothing but exclusions would read everything.
const IS_SOUND = {
  name: 'search_is_sound',
  text: `SELECT querytree(websearch_to_tsquery('simple', search_words($1))) NOT IN ('', 'T') AS sound`,
};
const DOCUMENT = 'search_document(m.workspace_id, m.chat_id, m.text)';
const UNDER = (name: string, id: string): string => `quote_literal('${name}:' || ${id}::uuid::text)::tsquery`;

/*
 * What many messages say fills a page within the latest of them. The index of words would name all of them first, and look
 * into each for a phrase.
 */
const LATEST = '500';
const AMONG_LATEST = {
  name: 'search_among_latest',
  text: `SELECT ${MESSAGE_COLUMNS}
           FROM (SELECT * FROM messages WHERE workspace_id = $1 AND chat_id = $2 AND id < $4 ORDER BY id DESC LIMIT ${LATEST}) m
          WHERE m.deleted_at IS NULL AND ${DOCUMENT} @@ websearch_to_tsquery('simple', search_words($3))
          ORDER BY m.id DESC LIMIT $5`,
};
/*
 * The words hold workspace and chat already, so the index of words is the one to take. While nobody has analysed the table
 * the planner expects one message of a chat and would rather read all of them; by IS NOT DISTINCT FROM it looks into no index.
 */
const IN_CHAT = {
  name: 'search_in_chat',
  text: `SELECT ${MESSAGE_COLUMNS} FROM messages m
          WHERE m.workspace_id IS NOT DISTINCT FROM $1 AND m.chat_id IS NOT DISTINCT FROM $2
            AND m.deleted_at IS NULL AND m.id < $4
            AND ${DOCUMENT} @@ (${UNDER('chat', '$2')} && websearch_to_tsquery('simple', search_words($3)))
          ORDER BY m.id DESC LIMIT $5`,
};
const IN_WORKSPACE = {
  name: 'search_in_workspace',
  text: `SELECT ${MESSAGE_COLUMNS} FROM messages m
          CROSS JOIN LATERAL (SELECT FROM chats c
                               WHERE c.workspace_id = $1 AND c.id = m.chat_id AND c.deleted_at IS NULL LIMIT 1) c
          WHERE m.workspace_id IS NOT DISTINCT FROM $1 AND m.deleted_at IS NULL AND m.id < $3
            AND ${DOCUMENT} @@ (${UNDER('workspace', '$1')} && websearch_to_tsquery('simple', search_words($2)))
          ORDER BY m.id DESC LIMIT $4`,
};
// Its words alone, not as a phrase: that would be checked by parsing each text anew, and the positions know exactly.
const SHOWING = {
  name: 'search_showing',
  text: `SELECT m.* FROM unnest($2::uuid[], $3::text[]) AS o (chat_id, placeholder)
          CROSS JOIN LATERAL (
            SELECT ${MESSAGE_COLUMNS} FROM messages m
             WHERE m.workspace_id IS NOT DISTINCT FROM $1 AND m.chat_id IS NOT DISTINCT FROM o.chat_id
               AND m.deleted_at IS NULL AND m.id < $4
               AND ${DOCUMENT} @@ (${UNDER('chat', 'o.chat_id')} && plainto_tsquery('simple', search_words(o.placeholder)))
               AND strpos(m.positions::text, '"' || o.placeholder || '"') > 0
             ORDER BY m.id DESC LIMIT $5) m
          ORDER BY m.id DESC LIMIT $5`,
};

/** Messages by what they say, the latest first. Only what is said now is found: deleted and earlier texts are not. */
@Injectable()
export class SearchStore {
  constructor(private readonly database: Database) {}

  /** @param before id of the last message of the page before */
  inChat(workspaceId: string, chatId: string, words: string, before: string, limit: number): Promise<MessageView[]> {
    return this.search(async (transaction) => {
      await requireSound(transaction, words);
      const values = [workspaceId, chatId, words, before, limit];
      const latest = await transaction.query<MessageRow>(AMONG_LATEST, values);
      return latest.length === limit ? latest : transaction.query<MessageRow>(IN_CHAT, values);
    });
  }

  inWorkspace(workspaceId: string, words: string, before: string, limit: number): Promise<MessageView[]> {
    return this.search(async (transaction) => {
      await requireSound(transaction, words);
      return transaction.query<MessageRow>(IN_WORKSPACE, [workspaceId, words, before, limit]);
    });
  }

  /** Messages in which the service placed these placeholders; one that somebody merely typed is none. */
  showing(workspaceId: string, shown: readonly Shown[], before: string, limit: number): Promise<MessageView[]> {
    const chats = shown.map(({ chatId }) => chatId);
    const placeholders = shown.map(({ placeholder }) => placeholder);
    return this.search((transaction) =>
      transaction.query<MessageRow>(SHOWING, [workspaceId, chats, placeholders, before, limit]),
    );
  }

  private async search(ask: (transaction: Queryable) => Promise<MessageRow[]>): Promise<MessageView[]> {
    const rows = await this.database.transaction(async (transaction) => {
      await transaction.query(PREPARE, []);
      return ask(transaction);
    });
    return rows.map(viewOf);
  }
}

async function requireSound(transaction: Queryable, words: string): Promise<void> {
  const [row] = await transaction.query<{ sound: boolean }>(IS_SOUND, [words]);
  if (!row?.sound) throw new CodedError('validation_failed', { fields: ['query'] });
}
