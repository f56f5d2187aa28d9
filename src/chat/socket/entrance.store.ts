import { Injectable } from '@nestjs/common';
import { BURN } from '../../auth/used-connection-string.store.js';
import { Database } from '../../database/database.js';
import { Gathered } from '../../database/gathered.js';
import { ENTRY_OF } from '../../workspace/workspace-access.statements.js';
import type { Entry, EntryRow, Found } from '../../workspace/workspace-access.store.js';

/** What a sound connection string says of somebody who wants to come in. */
export interface Knock extends Entry {
  readonly chatId: string;
  readonly jti: string;
  /** When the string ends, in seconds since 1970. */
  readonly expiresAt: number;
}

/** What was found of all that must hold, at one moment. */
export interface EntranceRow {
  /** Undefined where there is no such chat in the workspace. */
  readonly chat: { readonly title: string; readonly lastSeq: number } | undefined;
  readonly entry: Found<EntryRow> | undefined;
  /** Whether the string was used up by this question; never where chat or entry are missing. */
  readonly burnt: boolean;
}

interface Question extends Knock {
  readonly burning: boolean;
}

type Row = { readonly ord: string; readonly burnt: boolean } & (
  { readonly title: string; readonly lastSeq: number } | { readonly title: null; readonly lastSeq: null }
) &
  (Found<EntryRow> | { readonly policy: null });

// The strings of those alone are used up who may read, so that a refusal writes nothing.
const ENTER = {
  name: 'chat_enter',
  text: `
    WITH found AS MATERIALIZED (
      SELECT q.ord, c.title, c.last_seq::float8 AS "lastSeq", e.*
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::float8[], $5::uuid[])
             WITH ORDINALITY AS q (workspace_id, user_id, credential_id, issued_at, chat_id, ord)
        LEFT JOIN LATERAL (SELECT title, last_seq FROM chats
                            WHERE workspace_id = q.workspace_id AND id = q.chat_id AND deleted_at IS NULL LIMIT 1) c ON true
        LEFT JOIN ${ENTRY_OF('q')} ON true
    ), burning AS (
      SELECT ($6::bytea[])[ord] AS jti, ($7::float8[])[ord] AS exp FROM found
       WHERE ($8::boolean[])[ord] AND title IS NOT NULL AND (role IS NOT NULL OR visibility = 'public')
    ), burnt AS (${BURN})
    SELECT found.*, EXISTS (SELECT FROM burnt WHERE jti = ($6::bytea[])[ord]) AS burnt FROM found`,
};

/**
 * All that the database has to say of those who want to come in: the chat, their rights, and that their connection string
 * is used up now. One question for everybody who comes at a time, and one commit, where each alone would wait for three.
 */
@Injectable()
export class EntranceStore {
  private readonly entering = new Gathered((questions: readonly Question[]) => this.askAll(questions));

  constructor(private readonly database: Database) {}

  /** Looks only. */
  look(knock: Knock): Promise<EntranceRow> {
    return this.entering.ask({ ...knock, burning: false });
  }

  /** Looks, and uses the connection string up where it opens a session: the record is durable when this resolves. */
  enter(knock: Knock): Promise<EntranceRow> {
    return this.entering.ask({ ...knock, burning: true });
  }

  private async askAll(questions: readonly Question[]): Promise<EntranceRow[]> {
    const rows = await this.database.query<Row>(ENTER, [
      questions.map(({ workspaceId }) => workspaceId),
      questions.map(({ userId }) => userId),
      questions.map(({ credentialId }) => credentialId),
      questions.map(({ issuedAt }) => issuedAt),
      questions.map(({ chatId }) => chatId),
      questions.map(({ jti }) => Buffer.from(jti, 'base64url')),
      questions.map(({ expiresAt }) => expiresAt),
      questions.map(({ burning }) => burning),
    ]);
    const byOrder = new Map(rows.map((row) => [Number(row.ord), row]));
    // Of two that bring the same string at once, the first has it.
    const taken = new Set<string>();
    return questions.map(({ jti, burning }, index) => {
      const row = byOrder.get(index + 1);
      const burnt = row?.burnt === true && burning && !taken.has(jti);
      if (burnt) taken.add(jti);
      return {
        chat: row && row.title !== null ? row : undefined,
        entry: row && row.policy !== null ? row : undefined,
        burnt,
      };
    });
  }
}
