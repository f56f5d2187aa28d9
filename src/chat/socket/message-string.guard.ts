import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { type MessagePieces, verifyMessageString } from '../../auth/message-string.js';
import { isUuid } from '../../edge/uuid.js';
import { CodedError } from '../../errors/coded-error.js';
import type { ChatSession } from './chat-session.js';
import type { ChatSocket } from './chat-socket.js';

/** Bad message strings after which a session is ended. */
export const MAX_BAD_MESSAGES = 5;

/**
 * Lets a message pass only with the message string made for it: this text, these instructions, this counter, event and
 * session. Runs before anything else looks at the payload.
 */
@Injectable()
export class MessageStringGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { session } = context.switchToWs().getClient<ChatSocket>().data;
    if (!session) throw new CodedError('session_required');
    try {
      verify(session, context.switchToWs().getPattern(), context.switchToWs().getData<unknown>());
    } catch (error) {
      session.badMessages += 1;
      throw error;
    }
    return true;
  }
}

function verify(session: ChatSession, event: string, payload: unknown): void {
  if (typeof payload !== 'object' || payload === null) throw new CodedError('message_string_missing');
  const fields = payload as Readonly<Record<string, unknown>>;
  const given = fields['messageString'];
  if (given === undefined || given === null || given === '') throw new CodedError('message_string_missing');
  const counter = fields['counter'];
  if (!Number.isSafeInteger(counter)) throw new CodedError('message_string_invalid');
  const pieces = piecesOf(session, event, counter as number, fields);
  if (!pieces || !session.messageKeys.some((key) => verifyMessageString(key, given, pieces))) {
    throw new CodedError('message_string_invalid');
  }
  if ((counter as number) <= session.counter) throw new CodedError('message_replayed');
  session.counter = counter as number;
}

/** Undefined where a member is no text: no string was ever made over that. */
function piecesOf(
  session: ChatSession,
  event: string,
  counter: number,
  fields: Readonly<Record<string, unknown>>,
): MessagePieces | undefined {
  const texts = [
    fields['clientMessageId'],
    // Of a file, what it is made of.
    fields['message'] ?? fields['sha256'],
    fields['piiMapping'],
    fields['autoPiiMapping'],
    fields['piiPositions'],
    fields['replyTo'] ?? fields['messageId'],
  ];
  if (texts.some((text) => text !== undefined && typeof text !== 'string')) return undefined;
  const [clientMessageId = '', message = '', piiMapping, autoPiiMapping, piiPositions, reference] = texts as (
    string | undefined
  )[];
  const mentions = mentionsPiece(fields['mentions']);
  if (mentions === null) return undefined;
  const { id: sessionId, chat } = session;
  return {
    sessionId,
    counter,
    event,
    chatId: chat.chatId,
    clientMessageId,
    message,
    piiMapping,
    autoPiiMapping,
    piiPositions,
    reference,
    mentions,
  };
}

/** Null for what is no list of ids: with a comma inside, two lists would have one piece. */
function mentionsPiece(mentions: unknown): string | undefined | null {
  if (mentions === undefined) return undefined;
  return Array.isArray(mentions) && mentions.every(isUuid) ? mentions.join(',') : null;
}
