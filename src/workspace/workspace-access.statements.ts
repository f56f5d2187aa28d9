/* What a caller is in a workspace, for statements here and in other rooms that ask for more at once. */

/** Of `w`, `m` and `r`, as `ACCESS_OF` finds them: an `AccessRow`. */
export const ACCESS_COLUMNS = `w.id AS "workspaceId", w.visibility, w.pii_policy::text AS policy,
                w.default_chat_id AS "defaultChatId", w.patterns_revision AS "patternsRevision", m.role,
                coalesce(m.pii_access, false) AS "piiAccess", coalesce(r.muted, false) AS muted`;

/** To be joined: nothing where there is no such workspace. */
export const ACCESS_OF = (
  workspaceId: string,
  userId: string,
): string => `LATERAL (SELECT * FROM workspaces WHERE id = ${workspaceId} AND deleted_at IS NULL LIMIT 1) w
           LEFT JOIN LATERAL (SELECT role, pii_access FROM members
                               WHERE workspace_id = w.id AND user_id = ${userId} LIMIT 1) m ON true
           LEFT JOIN LATERAL (SELECT bool_or(kind = 'ban') AS banned, bool_or(kind = 'mute') AS muted FROM restrictions
                               WHERE workspace_id = w.id AND user_id = ${userId}
                                 AND (expires_at IS NULL OR expires_at > now())) r ON true`;

/** A condition: who is banned finds nothing. */
export const NOT_BANNED = 'r.banned IS NOT TRUE';

/**
 * To be joined: an `EntryRow` as `e`, for the workspace_id, user_id, credential_id and issued_at of `entry`. Nothing also
 * where the user is gone, the credential was revoked or has expired, or all sessions of the user were ended since.
 */
export const ENTRY_OF = (entry: string): string => `LATERAL (
            SELECT u.display_name AS "displayName", ${ACCESS_COLUMNS}
              FROM ${ACCESS_OF(`${entry}.workspace_id`, `${entry}.user_id`)}
              LEFT JOIN LATERAL (SELECT display_name, sessions_ended_at FROM users
                                  WHERE id = ${entry}.user_id LIMIT 1) u ON true
             WHERE ${NOT_BANNED}
               AND (${entry}.user_id = '00000000-0000-0000-0000-000000000000' OR u.display_name IS NOT NULL)
               AND (u.sessions_ended_at IS NULL OR u.sessions_ended_at < to_timestamp(${entry}.issued_at))
               AND (${entry}.credential_id = '00000000-0000-0000-0000-000000000000'
                 OR EXISTS (SELECT FROM api_keys k WHERE k.id = ${entry}.credential_id AND k.revoked_at IS NULL
                                                     AND (k.expires_at IS NULL OR k.expires_at > now())))) e`;
