import type {
  AttachmentAddPayload,
  AttachmentFinishPayload,
  AttachmentGetPayload,
  ChatConnectPayload,
  ClientToServer,
  HistoryGetPayload,
  MessageDeletePayload,
  MessageEditPayload,
  MessageSendPayload,
  PinSetPayload,
  PresenceGetPayload,
  ReactionSetPayload,
} from '../../chat/wire.js';
import { optional, shape } from '../json-schema.js';
import type { ClientEventDocument } from './event-document.js';
import { CHANGED, HANDSHAKE_CODES, IN_SESSION, INSTRUCTED } from './ack-codes.js';
import {
  uuid,
  text,
  flag,
  MENTIONS,
  seq,
  shared,
  described,
  CLOSED,
  NOTHING,
  ENTRY,
  SESSION,
  READ_MARK,
} from './parts.js';

/*
 * The events of chat/wire.ts as schemas. Names and members are checked against its types by the compiler, forms against
 * the frames of a running server by a test.
 */

export const CLIENT_EVENTS = {
  'chat:connect': {
    summary: 'Enter a chat, or another chat, over this socket',
    description:
      'The present chat is left first. The new session has a new `sessionId`, the message key that came with its ' +
      'connection string, and counters from 1.',
    payload: shape<ChatConnectPayload>(ENTRY, CLOSED),
    answer: SESSION,
    codes: HANDSHAKE_CODES,
  },
  'chat:disconnect': {
    summary: 'Leave the chat and keep the socket',
    payload: NOTHING,
    answer: NOTHING,
    codes: IN_SESSION,
  },
  'message:send': {
    summary: 'Send a message',
    description:
      'Acked after the commit, with what was done. The three PII members are strings, exactly as the headers of the ' +
      'REST call. The same `clientMessageId` answers with the first result, for good.',
    payload: shape<MessageSendPayload>(
      {
        message: { type: 'string', minLength: 1, description: 'The clear text.' },
        messageString: {
          type: 'string',
          pattern: '^ms1_[A-Za-z0-9_-]{43}$',
          description: 'MAC over this message and session; see the description of the document.',
        },
        counter: { type: 'integer', minimum: 1, description: 'Grows with every message of a session.' },
        clientMessageId: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
        replyTo: optional(described(uuid, 'A message of the same chat.')),
        mentions: optional(described(MENTIONS, 'Ids of members that the message calls.')),
        piiMapping: optional(described(text, 'As X-Pii-Mapping.')),
        autoPiiMapping: optional(described(text, 'As X-Auto-Pii-Mapping.')),
        piiPositions: optional(described(text, 'As X-Pii-Positions.')),
      },
      CLOSED,
    ),
    answer: shared('SentMessageDto'),
    codes: [
      ...IN_SESSION,
      'message_string_missing',
      'message_string_invalid',
      'message_replayed',
      'forbidden',
      'masking_required',
      'message_not_found',
      'validation_failed',
      'invalid_text',
      'pii_in_identifier',
      'pii_mapping_malformed',
      'auto_pii_mapping_malformed',
      'pii_positions_malformed',
      'bad_span',
      'overloaded',
      'server_shutdown',
    ],
  },
  'message:edit': {
    summary: 'Edit a message of your own',
    description: 'The earlier text is kept, masked. With clientMessageId the edit is idempotent.',
    payload: shape<MessageEditPayload>(
      {
        messageId: uuid,
        message: described(text, 'The new text.'),
        messageString: { type: 'string', pattern: '^ms1_[A-Za-z0-9_-]{43}$' },
        counter: { type: 'integer', minimum: 1 },
        clientMessageId: optional({ type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' }),
        mentions: optional(described(MENTIONS, 'Those of before stay where this is left out.')),
        piiMapping: optional(described(text, 'As X-Pii-Mapping.')),
        autoPiiMapping: optional(described(text, 'As X-Auto-Pii-Mapping.')),
        piiPositions: optional(described(text, 'As X-Pii-Positions.')),
      },
      CLOSED,
    ),
    answer: shared('SentMessageDto'),
    codes: [...CHANGED, 'masking_required', ...INSTRUCTED],
  },
  'message:delete': {
    summary: 'Delete a message',
    description: 'For its author, owners and admins. A tombstone without text stays.',
    payload: shape<MessageDeletePayload>(
      {
        messageId: uuid,
        messageString: { type: 'string', pattern: '^ms1_[A-Za-z0-9_-]{43}$' },
        counter: { type: 'integer', minimum: 1 },
        clientMessageId: optional({ type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' }),
      },
      CLOSED,
    ),
    answer: shared('MessageDto'),
    codes: [...CHANGED, 'validation_failed'],
  },
  'reaction:set': {
    summary: 'Set a reaction, or take it back',
    payload: shape<ReactionSetPayload>(
      { messageId: uuid, reaction: described(text, 'One emoji, or a short code such as `:tada:`.'), on: flag },
      CLOSED,
    ),
    answer: shared('MessageDto'),
    codes: [...IN_SESSION, 'validation_failed', 'pii_in_identifier', 'forbidden', 'message_not_found'],
  },
  'pin:set': {
    summary: 'Pin a message to the chat, or take the pin off',
    payload: shape<PinSetPayload>({ messageId: uuid, pinned: flag }, CLOSED),
    answer: shared('MessageDto'),
    codes: [...IN_SESSION, 'validation_failed', 'forbidden', 'message_not_found', 'conflict'],
  },
  'typing:set': {
    summary: 'Say that you are typing, or no longer',
    description: 'Ends by itself after six seconds.',
    payload: shape<{ typing: boolean }>({ typing: flag }, CLOSED),
    answer: NOTHING,
    codes: [...IN_SESSION, 'forbidden'],
  },
  'read:set': {
    summary: 'Say how far you have read',
    payload: shape<{ seq: number }>({ seq }, CLOSED),
    answer: READ_MARK,
    codes: [...IN_SESSION, 'validation_failed', 'forbidden'],
  },
  'session:renew': {
    summary: 'Extend the session',
    description:
      'With a new connection string for the same chat. Session id and counter go on; messages may be signed with the first or the new message key.',
    payload: shape<{ connectionString: string }>({ connectionString: text }, CLOSED),
    answer: SESSION,
    codes: [
      ...IN_SESSION,
      'connection_string_missing',
      'connection_string_invalid',
      'connection_string_expired',
      'connection_string_used',
      'chat_not_found',
      'access_revoked',
      'pii_access_required',
    ],
  },
  'history:get': {
    summary: 'Read the history of the chat',
    description: 'Without bounds: the latest messages. At most one of `before`, `after` and `cursor`.',
    payload: shape<HistoryGetPayload>(
      {
        before: optional(described(seq, 'The latest messages before this seq.')),
        after: optional(described(seq, 'The first messages after this seq.')),
        limit: optional({ type: 'integer', minimum: 1, maximum: 200, default: 50 }),
        cursor: optional(described(text, 'nextCursor of the page before.')),
        chatHistoryPiiMapping: optional(described(text, 'As X-Chat-History-Pii-Mapping: a mapping, or `vault`.')),
      },
      CLOSED,
    ),
    answer: shared('MessagePageDto'),
    codes: [
      ...IN_SESSION,
      'validation_failed',
      'invalid_cursor',
      'history_pii_mapping_malformed',
      'pii_access_required',
      'payload_too_large',
    ],
  },
  'attachment:add': {
    summary: 'Add a file to a message of your own',
    description:
      'Upload it with the call that is answered, then finish it. In the message string `sha256` takes the place of `message`.',
    payload: shape<AttachmentAddPayload>(
      {
        messageId: uuid,
        name: described(text, 'Masked for good.'),
        size: { type: 'integer', minimum: 1 },
        type: { type: 'string', pattern: '^[a-z]{1,20}/[a-z0-9][a-z0-9.+-]{0,99}$' },
        sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' },
        messageString: { type: 'string', pattern: '^ms1_[A-Za-z0-9_-]{43}$' },
        counter: { type: 'integer', minimum: 1 },
      },
      CLOSED,
    ),
    answer: shared('AddedAttachmentDto'),
    codes: [
      ...IN_SESSION,
      'message_string_missing',
      'message_string_invalid',
      'message_replayed',
      'validation_failed',
      'invalid_text',
      'forbidden',
      'message_not_found',
      'attachments_off',
      'masking_required',
      'payload_too_large',
      'conflict',
    ],
  },
  'attachment:finish': {
    summary: 'Finish a file that was uploaded',
    description: 'From now on it is shown on its message. Text is looked through before that.',
    payload: shape<AttachmentFinishPayload>({ messageId: uuid, attachmentId: uuid }, CLOSED),
    answer: shared('MessageDto'),
    codes: [
      ...IN_SESSION,
      'validation_failed',
      'forbidden',
      'message_not_found',
      'attachment_not_found',
      'attachments_off',
      'attachment_not_uploaded',
      'masking_required',
    ],
  },
  'attachment:get': {
    summary: 'Ask for an address to download a file from',
    payload: shape<AttachmentGetPayload>(
      { messageId: uuid, attachmentId: uuid, accessReason: optional(described(text, 'As X-Access-Reason.')) },
      CLOSED,
    ),
    answer: shared('AttachmentDownloadDto'),
    codes: [
      ...IN_SESSION,
      'validation_failed',
      'forbidden',
      'attachment_not_found',
      'attachments_off',
      'pii_access_required',
      'access_reason_required',
    ],
  },
  'edits:get': {
    summary: 'Read the earlier texts of a message',
    description: 'For members; the first text first, masked.',
    payload: shape<{ messageId: string }>({ messageId: uuid }, CLOSED),
    answer: { type: 'array', items: shared('MessageEditDto') },
    codes: [...IN_SESSION, 'validation_failed', 'forbidden', 'message_not_found'],
  },
  'pins:get': {
    summary: 'List the pinned messages of the chat',
    description: 'The latest pin first; 100 at most.',
    payload: NOTHING,
    answer: { type: 'array', items: shared('MessageDto') },
    codes: IN_SESSION,
  },
  'read:get': {
    summary: 'How far you have read, and how much is left',
    payload: NOTHING,
    answer: shared('ReadStateDto'),
    codes: [...IN_SESSION, 'forbidden'],
  },
  'presence:get': {
    summary: 'List who is in the chat, and when the others were last seen',
    description: 'For members. Members who never opened the chat on the socket are not listed, nor are visitors.',
    payload: shape<PresenceGetPayload>(
      {
        limit: optional({ type: 'integer', minimum: 1, maximum: 200, default: 50 }),
        cursor: optional(described(text, 'nextCursor of the page before.')),
      },
      CLOSED,
    ),
    answer: shared('MemberPresencePageDto'),
    codes: [...IN_SESSION, 'validation_failed', 'forbidden', 'invalid_cursor'],
  },
} satisfies Readonly<Record<keyof ClientToServer, ClientEventDocument>>;
