import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Queryable } from '../database/database.js';
import type { AuthenticatedRequest } from './principal.js';

/**
 * Keeps the answer to a call with an `Idempotency-Key`, in the transaction that creates what the answer tells of: whoever
 * dies between the two leaves neither, and a repetition cannot create it once more. Does nothing for calls without a key.
 *
 * @throws CodedError `idempotency_in_progress` when a repetition has taken over meanwhile: then nothing may be created here
 */
export type KeepAnswer = (transaction: Queryable, answer: object) => Promise<void>;

export interface KeyedRequest extends AuthenticatedRequest {
  /** Set by the IdempotencyInterceptor, for calls that have a key. */
  keepAnswer?: KeepAnswer;
}

/** For calls that cannot have a key. */
export const keepNothing: KeepAnswer = () => Promise.resolve();

/** Parameter of a creating handler that receives its {@link KeepAnswer}. */
export const AnswerKeeper = createParamDecorator(
  (_: unknown, context: ExecutionContext): KeepAnswer =>
    context.switchToHttp().getRequest<KeyedRequest>().keepAnswer ?? keepNothing,
);
