import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { type MessagePieces, verifyMessageString } from '../../auth/message-string.js';
import type { ErrorCode } from '../../errors/code-table.js';
import { CodedError } from '../../errors/coded-error.js';
import { requireMentions } from '../messages/send-form.js';
import type { ChatSession } from './chat-session.js';
import type { ChatSocket } from './chat-socket.js';
import { type Fields, isFields, isInteger, isList, isText, readMember, readOptional } from './payload.js';

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
    const payload = context.switchToWs().getData<unknown>();
    const fields = isFields(payload) ? payload : {};
    const given = fields['messageString'];
    if (given === undefined || given === null || given === '') throw bad(session, 'message_string_missing');
    const pieces = piecesOf(session, context.switchToWs().getPattern(), fields);
    if (!session.messageKeys.some((key) => verifyMessageString(key, given, pieces))) {
      throw bad(session, 'message_string_invalid');
    }
    if (pieces.counter <= session.counter) throw bad(session, 'message_replayed');
    session.counter = pieces.counter;
    return true;
  }
}

function bad(session: ChatSession, code: ErrorCode): CodedError {
  session.badMessages += 1;
  return new CodedError(code);
}

/**
 * @throws CodedError `malformed_payload`, `validation_failed` where no string can have been made over it: that is a mistake
 *   of the client, and no bad string
 */
function piecesOf(session: ChatSession, event: string, fields: Fields): MessagePieces {
  const text = (name: string): string | undefined => readOptional(fields, name, isText);
  const counter = readMember(fields, 'counter', isInteger);
  const mentions = readOptional(fields, 'mentions', isList);
  // With a comma in an id, two lists would have one piece.
  if (mentions) requireMentions(mentions);
  return {
    sessionId: session.id,
    counter,
    event,
    chatId: session.chat.chatId,
    clientMessageId: text('clientMessageId') ?? '',
    // Of a file, what it is made of.
    message: text('message') ?? text('sha256') ?? '',
    piiMapping: text('piiMapping'),
    autoPiiMapping: text('autoPiiMapping'),
    piiPositions: text('piiPositions'),
    reference: text('replyTo') ?? text('messageId'),
    mentions: mentions?.join(','),
  };
}
