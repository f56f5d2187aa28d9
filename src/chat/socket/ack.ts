import { CodedError } from '../../errors/coded-error.js';
import type { Ack, AckFailure } from '../wire.js';

export const success = <Data>(data: Data): Ack<Data> => ({ ok: true, data });

/** The failed answer to an event: code and fixed sentence, never anything of the payload. */
export function failure(error: CodedError): Ack<never> {
  const { title, retryable } = error.entry;
  const failed: AckFailure = { code: error.code, message: title, retryable, ...error.details };
  return { ok: false, error: failed };
}
