import { DEFAULT_LIMIT, MAX_LIMIT } from '../../edge/page.js';
import { CodedError } from '../../errors/coded-error.js';
import { type AttachmentForm, readAttachment } from '../attachments/attachment-form.js';
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
  HistoryGetPayload,
  MessageDeletePayload,
  MessageEditPayload,
  MessageSendPayload,
  PinSetPayload,
  ReactionSetPayload,
} from '../wire.js';

/*
 * Forms of what comes over the socket. Every function takes anything and either returns a sound payload or throws a
 * CodedError; unknown members are refused.
 */

type Raw = Readonly<Record<string, unknown>>;

/** `auth` of the handshake, and the payload of `chat:connect`. Token and chat are judged by the verifier, not here. */
export function readHandshake(payload: unknown): Partial<Handshake> {
  const { chatId, connectionString, lastSeq, rehydrate } = object(payload, [
    'chatId',
    'connectionString',
    'lastSeq',
    'rehydrate',
  ]);
  if (chatId === undefined || connectionString === undefined) throw new CodedError('connection_string_missing');
  if (typeof chatId !== 'string' || typeof connectionString !== 'string') {
    throw new CodedError('connection_string_invalid');
  }
  return {
    chatId,
    connectionString,
    ...(lastSeq !== undefined && lastSeq !== null && { lastSeq: wholeNumber(lastSeq, 'lastSeq') }),
    ...(rehydrate !== undefined && rehydrate !== null && { rehydrate: boolean(rehydrate, 'rehydrate') }),
  };
}

export function readEmpty(payload: unknown): void {
  if (payload !== undefined && payload !== null) object(payload, []);
}

const SEND_MEMBERS = [
  'message',
  'messageString',
  'counter',
  'clientMessageId',
  'replyTo',
  'mentions',
  'piiMapping',
  'autoPiiMapping',
  'piiPositions',
] as const;

/** A `message:send` whose message string has been verified already. */
export function readMessageSend(payload: unknown): Omit<MessageSendPayload, 'messageString' | 'counter'> {
  const { message, clientMessageId, replyTo, mentions, piiMapping, autoPiiMapping, piiPositions } = object(
    payload,
    SEND_MEMBERS,
  );
  return {
    message: requireText(message, 'message'),
    clientMessageId: requireClientMessageId(clientMessageId),
    ...(present(replyTo) && { replyTo: requireId(replyTo, 'replyTo') }),
    ...(mentions !== undefined && { mentions: requireMentions(mentions) }),
    ...(present(piiMapping) && { piiMapping: string(piiMapping, 'piiMapping') }),
    ...(present(autoPiiMapping) && { autoPiiMapping: string(autoPiiMapping, 'autoPiiMapping') }),
    ...(present(piiPositions) && { piiPositions: string(piiPositions, 'piiPositions') }),
  };
}

const EDIT_MEMBERS = [
  'messageId',
  'message',
  'messageString',
  'counter',
  'clientMessageId',
  'mentions',
  'piiMapping',
  'autoPiiMapping',
  'piiPositions',
] as const;

/** A `message:edit` whose message string has been verified already. */
export function readMessageEdit(payload: unknown): Omit<MessageEditPayload, 'messageString' | 'counter'> {
  const { messageId, message, clientMessageId, mentions, piiMapping, autoPiiMapping, piiPositions } = object(
    payload,
    EDIT_MEMBERS,
  );
  return {
    messageId: requireId(messageId, 'messageId'),
    message: requireText(message, 'message'),
    ...(present(clientMessageId) && { clientMessageId: requireClientMessageId(clientMessageId) }),
    ...(mentions !== undefined && { mentions: requireMentions(mentions) }),
    ...(present(piiMapping) && { piiMapping: string(piiMapping, 'piiMapping') }),
    ...(present(autoPiiMapping) && { autoPiiMapping: string(autoPiiMapping, 'autoPiiMapping') }),
    ...(present(piiPositions) && { piiPositions: string(piiPositions, 'piiPositions') }),
  };
}

/** A `message:delete` whose message string has been verified already. */
export function readMessageDelete(payload: unknown): Omit<MessageDeletePayload, 'messageString' | 'counter'> {
  const { messageId, clientMessageId } = object(payload, ['messageId', 'messageString', 'counter', 'clientMessageId']);
  return {
    messageId: requireId(messageId, 'messageId'),
    ...(present(clientMessageId) && { clientMessageId: requireClientMessageId(clientMessageId) }),
  };
}

export function readReactionSet(payload: unknown): ReactionSetPayload {
  const { messageId, reaction, ...rest } = object(payload, ['messageId', 'reaction', 'on']);
  const on = boolean(rest['on'], 'on');
  return { messageId: requireId(messageId, 'messageId'), reaction: requireReaction(reaction, on), on };
}

export function readPinSet(payload: unknown): PinSetPayload {
  const { messageId, pinned } = object(payload, ['messageId', 'pinned']);
  return { messageId: requireId(messageId, 'messageId'), pinned: boolean(pinned, 'pinned') };
}

/** An `attachment:add` whose message string has been verified already. */
export function readAttachmentAdd(payload: unknown): { messageId: string; form: AttachmentForm } {
  const form = readAttachment(payload, ['messageId', 'messageString', 'counter']);
  return { messageId: requireId((payload as Raw)['messageId'], 'messageId'), form };
}

export const readAttachmentFinish = (payload: unknown): AttachmentFinishPayload =>
  attachmentIds(object(payload, ['messageId', 'attachmentId']));

export function readAttachmentGet(payload: unknown): Required<AttachmentGetPayload> {
  const fields = object(payload, ['messageId', 'attachmentId', 'accessReason']);
  return { ...attachmentIds(fields), accessReason: string(fields['accessReason'] ?? '', 'accessReason') };
}

const attachmentIds = ({ messageId, attachmentId }: Raw): AttachmentFinishPayload => ({
  messageId: requireId(messageId, 'messageId'),
  attachmentId: requireId(attachmentId, 'attachmentId'),
});

export const readEditsGet = (payload: unknown): string =>
  requireId(object(payload, ['messageId'])['messageId'], 'messageId');

export function readPresenceGet(payload: unknown): { limit: number; cursor?: string } {
  const { limit = DEFAULT_LIMIT, cursor } = object(payload ?? {}, ['limit', 'cursor']);
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new CodedError('validation_failed', { fields: ['limit'] });
  }
  return { limit, ...(cursor !== undefined && { cursor: string(cursor, 'cursor') }) };
}

export const readTypingSet = (payload: unknown): boolean => boolean(object(payload, ['typing'])['typing'], 'typing');

export const readReadSet = (payload: unknown): number => wholeNumber(object(payload, ['seq'])['seq'], 'seq');

export function readSessionRenew(payload: unknown): string {
  const { connectionString } = object(payload, ['connectionString']);
  if (connectionString === undefined) throw new CodedError('connection_string_missing');
  if (typeof connectionString !== 'string') throw new CodedError('connection_string_invalid');
  return connectionString;
}

export function readHistoryGet(payload: unknown): HistoryGetPayload {
  return object(payload ?? {}, ['before', 'after', 'limit', 'cursor', 'chatHistoryPiiMapping']);
}

/** An object with no other members than those named. */
export function object(value: unknown, members: readonly string[]): Raw {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new CodedError('malformed_payload');
  if (Object.keys(value).some((member) => !members.includes(member))) {
    throw new CodedError('malformed_payload', { reason: 'unknown_field' });
  }
  return value as Raw;
}

/** In the pieces of a message string, an absent member and an empty one are the same. */
const present = (value: unknown): boolean => value !== undefined && value !== '';

function string(value: unknown, field: string): string {
  if (typeof value !== 'string') throw new CodedError('malformed_payload', { fields: [field] });
  return value;
}

function boolean(value: unknown, field: string): boolean {
  if (typeof value !== 'boolean') throw new CodedError('malformed_payload', { fields: [field] });
  return value;
}

function wholeNumber(value: unknown, field: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw new CodedError('malformed_payload', { fields: [field] });
  }
  return value as number;
}
