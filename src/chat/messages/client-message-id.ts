import { idempotencyKey } from '../../auth/idempotency.interceptor.js';
import type { ChatRequest } from '../chat-request.js';
import { requireClientMessageId } from './send-form.js';

/** What makes a send or a change idempotent: the client's id in the body or, where that has none, the Idempotency-Key. */
export function clientMessageIdOf(request: ChatRequest, inBody?: string): { readonly clientMessageId?: string } {
  const key = inBody ?? idempotencyKey(request.raw.rawHeaders);
  return key === undefined ? {} : { clientMessageId: requireClientMessageId(key) };
}
