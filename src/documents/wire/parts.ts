import type { Handshake, ReadMark, SessionInfo } from '../../chat/wire.js';
import { type JsonSchema, optional, shape } from '../json-schema.js';

/* What the schemas of several events are made of. */

export const uuid = { type: 'string', format: 'uuid' } as const;
export const time = { type: 'string', format: 'date-time' } as const;
export const text = { type: 'string' } as const;
export const flag = { type: 'boolean' } as const;
export const MENTIONS = { type: 'array', items: uuid, maxItems: 50 } as const;
export const seq = { type: 'integer', minimum: 0 } as const;

/** A schema of the OpenAPI document. */
export const shared = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
export const described = (schema: JsonSchema, description: string): JsonSchema => ({ ...schema, description });
/** Unknown members of what a client sends are refused. */
export const CLOSED = { additionalProperties: false } as const;
export const NOTHING: JsonSchema = { type: 'object', maxProperties: 0 };

export const ENTRY = {
  chatId: described(uuid, 'The chat that the connection string was made for.'),
  connectionString: described(text, 'Of `POST /v1/chat/{chatId}/connection-string`; opens one session.'),
  lastSeq: optional(described(seq, 'The last sequence that you have: everything after it comes before `session`.')),
  rehydrate: optional(described(flag, 'Ask for originals beside masked text; needs piiAccess.')),
};

export const HANDSHAKE = shape<Handshake>(ENTRY, CLOSED);

export const SESSION = shape<SessionInfo>({
  sessionId: described(text, 'Second piece of every message string of this session.'),
  chat: shape<SessionInfo['chat']>({ id: uuid, workspaceId: uuid, title: described(text, 'Masked.') }),
  user: shape<SessionInfo['user']>({ id: described(uuid, 'The nil UUID for a guest.'), displayName: text }),
  seq: described(seq, 'Events after this sequence arrive live.'),
  recovered: described(flag, 'Whether everything after `lastSeq` was delivered. If not: `history:get`.'),
  expiresAt: time,
});

export const READ_MARK = shape<ReadMark>({
  chatId: uuid,
  userId: uuid,
  seq: described(seq, 'Everything up to here has been read.'),
});
