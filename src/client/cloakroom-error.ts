import type { AckFailure } from '../chat/wire.js';

/** Codes of the service's closed table, docs/errors.md. */
export type ServiceErrorCode = AckFailure['code'];

/**
 * Codes that only the client gives: `closed` after `close()`; `unreachable` when the service did not answer for
 * `giveUpAfterMs`; `timeout` for an answer that did not come; `queue_full` when too many messages wait to be sent.
 */
export type ClientErrorCode = 'closed' | 'unreachable' | 'timeout' | 'queue_full';

export type CloakroomErrorCode = ServiceErrorCode | ClientErrorCode;

/** Every failure of this client. Switch on `code`; it quotes no message and no key. */
export class CloakroomError extends Error {
  override readonly name = 'CloakroomError';

  constructor(
    readonly code: CloakroomErrorCode,
    /** Whether the same call may succeed later. */
    readonly retryable = false,
    /** Seconds to wait before that, where the service says. */
    readonly retryAfter?: number,
  ) {
    super(code);
  }

  /** From an ack, a problem document or the data of a `connect_error`; whatever is no such thing counts as `internal`. */
  static of(failure: unknown, retryable = false): CloakroomError {
    const { code, ...rest } = (failure ?? {}) as { code?: unknown; retryable?: unknown; retryAfter?: unknown };
    return new CloakroomError(
      typeof code === 'string' ? (code as ServiceErrorCode) : 'internal',
      typeof rest.retryable === 'boolean' ? rest.retryable : retryable,
      typeof rest.retryAfter === 'number' ? rest.retryAfter : undefined,
    );
  }
}
