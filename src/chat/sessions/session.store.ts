import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { LEASE_SECONDS } from '../presence/presence.store.js';

/** An open session. */
export interface SessionRow {
  readonly userId: string;
  readonly id: string;
  readonly workspaceId: string;
  readonly chatId: string;
  readonly credentialId: string;
  readonly openedAt: Date;
  readonly expiresAt: Date;
  readonly rehydrate: boolean;
}

export type SessionName = Pick<SessionRow, 'userId' | 'id'>;

// What is closed is never what is opened, in one statement as in the life of a node.
const WRITE = {
  name: 'session_write',
  text: `
    WITH closed AS (
      DELETE FROM sessions s USING unnest($1::uuid[], $2::text[]) AS c (user_id, id)
       WHERE s.user_id = c.user_id AND s.id = c.id
    )
    INSERT INTO sessions (node, user_id, id, workspace_id, chat_id, credential_id, opened_at, expires_at, rehydrate)
    SELECT $3, o.* FROM unnest($4::uuid[], $5::text[], $6::uuid[], $7::uuid[], $8::uuid[], $9::timestamptz[],
                               $10::timestamptz[], $11::boolean[]) AS o
    ON CONFLICT (user_id, id) DO UPDATE
       SET node = EXCLUDED.node, workspace_id = EXCLUDED.workspace_id, chat_id = EXCLUDED.chat_id,
           credential_id = EXCLUDED.credential_id, opened_at = EXCLUDED.opened_at, expires_at = EXCLUDED.expires_at,
           rehydrate = EXCLUDED.rehydrate`,
};
const LIST = {
  name: 'session_list',
  text: `SELECT s.user_id AS "userId", s.id, s.workspace_id AS "workspaceId", s.chat_id AS "chatId",
                s.credential_id AS "credentialId", s.opened_at AS "openedAt", s.expires_at AS "expiresAt", s.rehydrate
           FROM sessions s
          WHERE s.user_id = $1 AND s.id > $2 AND s.ended_at IS NULL AND s.expires_at > now()
            AND EXISTS (SELECT FROM presence_nodes n
                         WHERE n.id = s.node AND n.seen_at > now() - interval '${LEASE_SECONDS} seconds')
            AND NOT EXISTS (SELECT FROM users u WHERE u.id = s.user_id AND u.sessions_ended_at >= s.opened_at)
          ORDER BY s.id LIMIT $3`,
};
const END = {
  name: 'session_end',
  text: `INSERT INTO sessions (user_id, id, expires_at, ended_at)
         VALUES ($1, $2, now() + make_interval(secs => $3), now())
         ON CONFLICT (user_id, id) DO UPDATE SET ended_at = coalesce(sessions.ended_at, now())`,
};
const TO_END = {
  name: 'session_to_end',
  text: 'SELECT id FROM sessions WHERE node = $1 AND ended_at IS NOT NULL',
};
const SWEEP = {
  name: 'session_sweep',
  text: `DELETE FROM sessions WHERE expires_at < now() - interval '2 minutes'`,
};

/** The sessions of all nodes, as they say themselves, and what was asked to be ended. */
@Injectable()
export class SessionStore {
  constructor(private readonly database: Database) {}

  /** Says what was opened, renewed or closed on a node. What was asked to be ended stays so. */
  async write(node: string, opened: readonly SessionRow[], closed: readonly SessionName[]): Promise<void> {
    await this.database.query(WRITE, [
      closed.map(({ userId }) => userId),
      closed.map(({ id }) => id),
      node,
      opened.map(({ userId }) => userId),
      opened.map(({ id }) => id),
      opened.map(({ workspaceId }) => workspaceId),
      opened.map(({ chatId }) => chatId),
      opened.map(({ credentialId }) => credentialId),
      opened.map(({ openedAt }) => openedAt.toISOString()),
      opened.map(({ expiresAt }) => expiresAt.toISOString()),
      opened.map(({ rehydrate }) => rehydrate),
    ]);
  }

  /** Open sessions of a user on nodes that are alive, by id, after `after`. */
  ofUser(userId: string, after: string, limit: number): Promise<SessionRow[]> {
    return this.database.query(LIST, [userId, after, limit]);
  }

  /**
   * Asks for the end of a session, whether its node has written it already or not.
   * @param seconds for how long that is kept where it has not: as long as a session may last
   */
  async end({ userId, id }: SessionName, seconds: number): Promise<void> {
    await this.database.query(END, [userId, id, seconds]);
  }

  /** Ids of sessions on a node that are to be ended. */
  async toEnd(node: string): Promise<string[]> {
    return (await this.database.query<{ id: string }>(TO_END, [node])).map(({ id }) => id);
  }

  /** Removes what nobody has closed: the sessions of nodes that died, and ends that were asked for and had no session. */
  async sweep(): Promise<void> {
    await this.database.query(SWEEP, []);
  }
}
