import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { CodedError } from '../../errors/coded-error.js';
import { toCodedError } from '../../errors/to-coded-error.js';
import { failure } from './ack.js';
import type { ChatSocket } from './chat-socket.js';
import { MAX_BAD_MESSAGES } from './message-string.guard.js';
import { Sessions } from './sessions.js';

/**
 * Answers every failed event on its ack. Nest's own filter would emit an `exception` event that quotes the payload and
 * leave the ack unanswered. Bound on the gateway class: APP_FILTER does not reach gateways.
 */
@Catch()
export class AckErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(AckErrorFilter.name);

  constructor(private readonly sessions: Sessions) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const coded = toCodedError(error);
    const socket = host.switchToWs().getClient<ChatSocket>();
    if (coded !== error || coded.code === 'vault_unreadable') {
      this.logger.error('an event failed', { error, requestId: socket.data.sessionId });
    }
    answer(host, coded);
    if ((socket.data.session?.badMessages ?? 0) >= MAX_BAD_MESSAGES) {
      this.sessions.end(socket, { code: 'too_many_bad_messages', reconnect: false });
    }
  }
}

function answer(host: ArgumentsHost, error: CodedError): void {
  const ack = host.getArgs<unknown[]>().find((argument) => typeof argument === 'function');
  if (ack) (ack as (answer: unknown) => void)(failure(error));
}
