import { messageString } from '../../src/auth/message-string.js';
import type { ChatClient } from '../support/chat-client.js';

export type Payload = Readonly<Record<string, unknown>>;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The payload with the message string for it, whatever it holds, so that it gets past that. */
export function signed(client: Pick<ChatClient, 'session' | 'key'>, event: string, payload: Payload): Payload {
  const { mentions } = payload;
  try {
    const mac = messageString(client.key, {
      sessionId: client.session?.sessionId ?? '',
      counter: Number(payload['counter']),
      event,
      chatId: client.session?.chat.id ?? '',
      clientMessageId: textOf(payload['clientMessageId']),
      message: textOf(payload['message'] ?? payload['sha256']),
      piiMapping: textOf(payload['piiMapping']),
      autoPiiMapping: textOf(payload['autoPiiMapping']),
      piiPositions: textOf(payload['piiPositions']),
      reference: textOf(payload['replyTo'] ?? payload['messageId']),
      mentions: Array.isArray(mentions) ? mentions.join(',') : undefined,
    });
    return { ...payload, messageString: mac };
  } catch {
    // What cannot be signed at all is not.
    return { ...payload, messageString: `ms1_${'A'.repeat(43)}` };
  }
}
