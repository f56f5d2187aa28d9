import type {
  ErasedNotice,
  MemberPresence,
  PresenceNotice,
  ServerToClient,
  SessionEnd,
  TypingNotice,
} from '../../chat/wire.js';
import type { PinChange, ReactionChange } from '../../chat/feed/chat-event.js';
import { optional, shape } from '../json-schema.js';
import type { ServerEventDocument } from './event-document.js';
import { uuid, time, text, flag, seq, shared, described, SESSION, READ_MARK } from './parts.js';

/*
 * The events of chat/wire.ts as schemas. Names and members are checked against its types by the compiler, forms against
 * the frames of a running server by a test.
 */

export const SERVER_EVENTS = {
  session: { summary: 'You are in a chat', payload: SESSION },
  'message:created': {
    summary: 'A message was committed; in the order of `seq`, each once',
    payload: shared('MessageDto'),
  },
  'pii:erased': {
    summary: 'Originals were erased for good; hide them wherever they are shown',
    payload: shape<ErasedNotice>({
      chatId: uuid,
      placeholders: { type: 'array', items: { ...text, examples: ['<PERSON_1>'] } },
    }),
  },
  'message:updated': {
    summary: 'A message was edited; `updatedSeq` is the sequence of the event',
    payload: shared('MessageDto'),
  },
  'message:deleted': {
    summary: 'A message was deleted; `updatedSeq` is the sequence of the event',
    payload: shared('MessageDto'),
  },
  'reaction:updated': {
    summary: 'A reaction was set or taken back; an event with a sequence of its own',
    payload: shape<ReactionChange>({
      spaceId: uuid,
      chatId: uuid,
      seq,
      messageId: uuid,
      userId: uuid,
      reaction: text,
      on: flag,
    }),
  },
  'pin:updated': {
    summary: 'A message was pinned, or its pin taken off; an event with a sequence of its own',
    payload: shape<PinChange>({ spaceId: uuid, chatId: uuid, seq, messageId: uuid, userId: uuid, pinned: flag }),
  },
  typing: {
    summary: 'Somebody began or stopped typing; not told to the socket that set it',
    payload: shape<TypingNotice>({ chatId: uuid, userId: uuid, typing: flag }),
  },
  'read:updated': { summary: 'Somebody has read on', payload: READ_MARK },
  'presence:updated': {
    summary: 'Members came to the chat or left it; told to members',
    payload: shape<PresenceNotice>({
      chatId: uuid,
      users: {
        type: 'array',
        items: shape<MemberPresence>({ userId: uuid, online: flag, lastSeenAt: optional(time) }),
      },
    }),
  },
  'session:expiring': {
    summary: 'The session ends soon; open another with a new connection string',
    payload: shape<Parameters<ServerToClient['session:expiring']>[0]>({ expiresAt: time }),
  },
  'session:ended': {
    summary: 'The session has ended; the server closes the connection',
    payload: shape<SessionEnd>({
      code: described(text, 'A code of the error table, such as session_expired, access_revoked or server_shutdown.'),
      reconnect: described(flag, 'Whether it makes sense to connect again, with a new connection string.'),
    }),
  },
} satisfies Readonly<Record<keyof ServerToClient, ServerEventDocument>>;
