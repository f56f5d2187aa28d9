import { DEFAULT_LIMIT, MAX_LIMIT } from '../../edge/page.js';
import { CodedError } from '../../errors/coded-error.js';
import { type AttachmentForm, readAttachment } from '../attachments/attachment-form.js';
import type { HistoryRequest } from '../messages/history-range.js';
import {
  requireClientMessageId,
  requireId,
  requireMentions,
  requireReaction,
  requireText,
} from '../messages/send-form.js';
import type {
  AttachmentFinishPayload,
  AttachmentGetPayload,
  Handshake,
  MessageDeletePayload,
  MessageEditPayload,
  MessageSendPayload,
  PinSetPayload,
  ReactionSetPayload,
} from '../wire.js';
import { isAnything, isFlag, isInteger, isList, isNumeral, isText, orNull, readShape } from './payload.js';

/*
 * Forms of what comes over the socket. Every function takes anything and either returns a sound payload or throws a
 * CodedError: `malformed_payload` for its shape, the code of REST for a value.
 */

/** `auth` of the handshake, and the payload of `chat:connect`. Token and chat are judged by the verifier, not here. */
export function readHandshake(payload: unknown): Partial<Handshake> {
  const { chatId, connectionString, lastSeq, rehydrate } = readShape(
    payload,
    {},
    {
      chatId: isAnything,
      connectionString: isAnything,
      lastSeq: orNull(isInteger),
      rehydrate: orNull(isFlag),
    },
  );
  if (chatId === undefined || connectionString === undefined) throw new CodedError('connection_string_missing');
  if (!isText(chatId) || !isText(connectionString)) throw new CodedError('connection_string_invalid');
  return {
    chatId,
    connectionString,
    ...(lastSeq !== undefined && lastSeq !== null && { lastSeq: requireSeq(lastSeq, 'lastSeq') }),
    ...(rehydrate !== undefined && rehydrate !== null && { rehydrate }),
  };
}

export function readEmpty(payload: unknown): void {
  if (payload !== undefined && payload !== null) readShape(payload, {}, {});
}

/** Both were verified already, and their members with them. */
const SIGNATURE = { messageString: isAnything, counter: isAnything };
const TWINS = { piiMapping: isText, autoPiiMapping: isText, piiPositions: isText };

/** A `message:send` whose message string has been verified already. */
export function readMessageSend(payload: unknown): Omit<MessageSendPayload, 'messageString' | 'counter'> {
  const { message, clientMessageId, replyTo, mentions, piiMapping, autoPiiMapping, piiPositions } = readShape(
    payload,
    { message: isText, clientMessageId: isText, ...SIGNATURE },
    { replyTo: isText, mentions: isList, ...TWINS },
  );
  return {
    message: requireText(message, 'message'),
    clientMessageId: requireClientMessageId(clientMessageId),
    ...(replyTo && { replyTo: requireId(replyTo, 'replyTo') }),
    ...(mentions && { mentions: requireMentions(mentions) }),
    ...(piiMapping && { piiMapping }),
    ...(autoPiiMapping && { autoPiiMapping }),
    ...(piiPositions && { piiPositions }),
  };
}

/** A `message:edit` whose message string has been verified already. */
export function readMessageEdit(payload: unknown): Omit<MessageEditPayload, 'messageString' | 'counter'> {
  const { messageId, message, clientMessageId, mentions, piiMapping, autoPiiMapping, piiPositions } = readShape(
    payload,
    { messageId: isText, message: isText, ...SIGNATURE },
    { clientMessageId: isText, mentions: isList, ...TWINS },
  );
  return {
    messageId: requireId(messageId, 'messageId'),
    message: requireText(message, 'message'),
    ...(clientMessageId && { clientMessageId: requireClientMessageId(clientMessageId) }),
    ...(mentions && { mentions: requireMentions(mentions) }),
    ...(piiMapping && { piiMapping }),
    ...(autoPiiMapping && { autoPiiMapping }),
    ...(piiPositions && { piiPositions }),
  };
}

/** A `message:delete` whose message string has been verified already. */
export function readMessageDelete(payload: unknown): Omit<MessageDeletePayload, 'messageString' | 'counter'> {
  const { messageId, clientMessageId } = readShape(
    payload,
    { messageId: isText, ...SIGNATURE },
    { clientMessageId: isText },
  );
  return {
    messageId: requireId(messageId, 'messageId'),
    ...(clientMessageId && { clientMessageId: requireClientMessageId(clientMessageId) }),
  };
}

export function readReactionSet(payload: unknown): ReactionSetPayload {
  const { messageId, reaction, on } = readShape(payload, { messageId: isText, reaction: isText, on: isFlag }, {});
  return { messageId: requireId(messageId, 'messageId'), reaction: requireReaction(reaction, on), on };
}

export function readPinSet(payload: unknown): PinSetPayload {
  const { messageId, pinned } = readShape(payload, { messageId: isText, pinned: isFlag }, {});
  return { messageId: requireId(messageId, 'messageId'), pinned };
}

/** An `attachment:add` whose message string has been verified already. */
export function readAttachmentAdd(payload: unknown): { messageId: string; form: AttachmentForm } {
  const { messageId, name, size, type, sha256 } = readShape(
    payload,
    { messageId: isText, name: isText, size: isInteger, type: isText, sha256: isText, ...SIGNATURE },
    {},
  );
  return { messageId: requireId(messageId, 'messageId'), form: readAttachment({ name, size, type, sha256 }) };
}

const FILE = { messageId: isText, attachmentId: isText };

export const readAttachmentFinish = (payload: unknown): AttachmentFinishPayload =>
  attachmentIds(readShape(payload, FILE, {}));

export function readAttachmentGet(payload: unknown): Required<AttachmentGetPayload> {
  const { accessReason = '', ...ids } = readShape(payload, FILE, { accessReason: isText });
  return { ...attachmentIds(ids), accessReason };
}

const attachmentIds = ({ messageId, attachmentId }: AttachmentFinishPayload): AttachmentFinishPayload => ({
  messageId: requireId(messageId, 'messageId'),
  attachmentId: requireId(attachmentId, 'attachmentId'),
});

export const readEditsGet = (payload: unknown): string =>
  requireId(readShape(payload, { messageId: isText }, {}).messageId, 'messageId');

export function readPresenceGet(payload: unknown): { limit: number; cursor?: string } {
  const { limit = DEFAULT_LIMIT, cursor } = readShape(payload ?? {}, {}, { limit: isInteger, cursor: isText });
  if (limit < 1 || limit > MAX_LIMIT) throw new CodedError('validation_failed', { fields: ['limit'] });
  return { limit, ...(cursor !== undefined && { cursor }) };
}

export const readTypingSet = (payload: unknown): boolean => readShape(payload, { typing: isFlag }, {}).typing;

export const readReadSet = (payload: unknown): number =>
  requireSeq(readShape(payload, { seq: isInteger }, {}).seq, 'seq');

export function readSessionRenew(payload: unknown): string {
  const { connectionString } = readShape(payload, {}, { connectionString: isAnything });
  if (connectionString === undefined) throw new CodedError('connection_string_missing');
  if (!isText(connectionString)) throw new CodedError('connection_string_invalid');
  return connectionString;
}

export function readHistoryGet(payload: unknown): HistoryRequest & { readonly chatHistoryPiiMapping?: unknown } {
  return readShape(
    payload ?? {},
    {},
    {
      before: isNumeral,
      after: isNumeral,
      limit: isNumeral,
      cursor: isText,
      // The PII instructions have codes of their own.
      chatHistoryPiiMapping: isAnything,
    },
  );
}

function requireSeq(value: number, field: string): number {
  if (value < 0) throw new CodedError('validation_failed', { fields: [field] });
  return value;
}
