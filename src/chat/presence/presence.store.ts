import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';

/** One member in one chat. */
export interface Attendance {
  readonly workspaceId: string;
  readonly chatId: string;
  readonly userId: string;
}

export interface PresenceRow {
  readonly userId: string;
  readonly online: boolean;
  /** When an absent member left; without meaning for one who is online. */
  readonly seenAt: Date;
}

/** A node that has not said for this time that it is alive is dead, and its users are gone. */
export const LEASE_SECONDS = 10;

const ALIVE = `alive AS MATERIALIZED (
  SELECT coalesce(array_agg(id), '{}') AS ids FROM presence_nodes
   WHERE seen_at > now() - interval '${LEASE_SECONDS} seconds')`;
const INPUT = 'unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS i (workspace_id, chat_id, user_id)';
const ATTENDANCE = 'workspace_id AS "workspaceId", chat_id AS "chatId", user_id AS "userId"';

const BEAT = {
  name: 'presence_beat',
  text: `INSERT INTO presence_nodes (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET seen_at = now()
         RETURNING xmax = 0 AS fresh`,
};
// All statements take rows in one order, so that two nodes cannot block each other. Who was removed meanwhile is left out.
// What other nodes say is read from the row as it was when its turn came: they may come and go at the same instant.
const ENTER = {
  name: 'presence_enter',
  text: `
    WITH ${ALIVE}, input AS MATERIALIZED (
      SELECT i.* FROM ${INPUT} JOIN members m ON m.workspace_id = i.workspace_id AND m.user_id = i.user_id
    ), here AS MATERIALIZED (
      SELECT p.* FROM input i JOIN presence p USING (workspace_id, chat_id, user_id), alive
       WHERE p.nodes @> ARRAY[$4::uuid] AND $4 = ANY (alive.ids)
    ), entered AS (
      INSERT INTO presence (workspace_id, chat_id, user_id, nodes)
      SELECT workspace_id, chat_id, user_id, ARRAY[$4::uuid] FROM input ORDER BY workspace_id, chat_id, user_id
      ON CONFLICT (workspace_id, chat_id, user_id)
        DO UPDATE SET nodes = array_append(array_remove(presence.nodes, $4), $4), seen_at = now()
      RETURNING workspace_id, chat_id, user_id, nodes
    )
    SELECT ${ATTENDANCE} FROM entered e, alive
     WHERE NOT array_remove(e.nodes, $4) && alive.ids AND NOT EXISTS (
      SELECT FROM here h WHERE h.workspace_id = e.workspace_id AND h.chat_id = e.chat_id AND h.user_id = e.user_id)`,
};
const LEAVE = {
  name: 'presence_leave',
  text: `
    WITH ${ALIVE}, held AS MATERIALIZED (
      SELECT p.workspace_id, p.chat_id, p.user_id FROM ${INPUT} JOIN presence p USING (workspace_id, chat_id, user_id)
       ORDER BY p.workspace_id, p.chat_id, p.user_id FOR UPDATE OF p
    ), left_here AS (
      UPDATE presence p SET nodes = array_remove(p.nodes, $4), seen_at = now()
        FROM held h
       WHERE p.workspace_id = h.workspace_id AND p.chat_id = h.chat_id AND p.user_id = h.user_id
      RETURNING p.workspace_id, p.chat_id, p.user_id, p.nodes
    )
    SELECT ${ATTENDANCE} FROM ${INPUT} LEFT JOIN left_here USING (workspace_id, chat_id, user_id), alive
     WHERE NOT coalesce(left_here.nodes && alive.ids, false)`,
};
// Whoever takes the row of a dead node out does the rest in the same statement, hence nobody does it twice.
const BURY = {
  name: 'presence_bury',
  text: `
    WITH ${ALIVE}, dead AS (
      DELETE FROM presence_nodes WHERE seen_at <= now() - interval '${LEASE_SECONDS} seconds' RETURNING id, seen_at
    ), last AS MATERIALIZED (
      SELECT array_agg(id) AS ids, max(seen_at) AS seen_at FROM dead
    ), gone AS (
      UPDATE presence p
         SET nodes = ARRAY(SELECT n FROM unnest(p.nodes) n WHERE n = ANY (alive.ids)),
             seen_at = greatest(p.seen_at, last.seen_at)
        FROM last, alive WHERE p.nodes && last.ids AND p.nodes <> '{}'
      RETURNING p.workspace_id, p.chat_id, p.user_id, p.nodes
    )
    SELECT ${ATTENDANCE} FROM gone WHERE nodes = '{}'`,
};
const DEPART = { name: 'presence_depart', text: 'DELETE FROM presence_nodes WHERE id = $1' };
const LIST = {
  name: 'presence_list',
  text: `WITH ${ALIVE}
         SELECT p.user_id AS "userId", p.nodes && alive.ids AS online, p.seen_at AS "seenAt" FROM presence p, alive
          WHERE p.workspace_id = $1 AND p.chat_id = $2 AND p.user_id > $3 ORDER BY p.user_id LIMIT $4`,
};

const columns = (list: readonly Attendance[]) => [
  list.map(({ workspaceId }) => workspaceId),
  list.map(({ chatId }) => chatId),
  list.map(({ userId }) => userId),
];

@Injectable()
export class PresenceStore {
  constructor(private readonly database: Database) {}

  /** Says that a node is alive. @returns true where it was not known, for the first time or since it was taken for dead */
  async beat(node: string): Promise<boolean> {
    return (await this.database.query<{ fresh: boolean }>(BEAT, [node]))[0]?.fresh ?? true;
  }

  /** @returns those who were online nowhere before */
  enter(node: string, members: readonly Attendance[]): Promise<Attendance[]> {
    return this.database.query(ENTER, [...columns(members), node]);
  }

  /** @returns those who are online nowhere any more, among them whoever was removed and has no row */
  leave(node: string, members: readonly Attendance[]): Promise<Attendance[]> {
    return this.database.query(LEAVE, [...columns(members), node]);
  }

  /** Takes dead nodes out. @returns those who are gone with them */
  bury(): Promise<Attendance[]> {
    return this.database.query(BURY, []);
  }

  /** Takes a node out whose users have left. */
  async depart(node: string): Promise<void> {
    await this.database.query(DEPART, [node]);
  }

  /** Members who are or were in the chat, by id, after `after`. */
  list(workspaceId: string, chatId: string, after: string, limit: number): Promise<PresenceRow[]> {
    return this.database.query(LIST, [workspaceId, chatId, after, limit]);
  }
}
