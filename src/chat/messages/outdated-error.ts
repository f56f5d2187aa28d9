import { CodedError } from '../../errors/coded-error.js';

/**
 * An erasure came between masking a message and storing it: its placeholders may stand for nothing any more. Nothing was
 * stored; whoever masks it anew can try again.
 */
export class OutdatedError extends CodedError {
  constructor() {
    super('overloaded', { retryAfter: 1 });
  }
}

/** A message shows other placeholders than who wants to delete it knew of; nothing was changed. */
export class ShowsMoreError extends CodedError {
  constructor(readonly shown: readonly string[]) {
    super('overloaded', { retryAfter: 1 });
  }
}
