import { ERROR_TABLE, type ErrorCode, type ErrorEntry } from './code-table.js';

/** Facts that an error may carry to the client: names, indexes and fixed reasons, never a value from the input. */
export interface ErrorDetails {
  /** Name of the header at fault, as the documents spell it. */
  readonly header?: string;
  /** Fixed word that says which rule was broken, e.g. `duplicate_key`. */
  readonly reason?: string;
  /** Position of the bad element in a list, from 0. */
  readonly index?: number;
  /** Names of the fields at fault, from the schema, not from the input. */
  readonly fields?: readonly string[];
  /** Seconds after which the call may be repeated. */
  readonly retryAfter?: number;
}

/** The one error that rooms raise on purpose. Its message is the code: there is nothing else to leak. */
export class CodedError extends Error {
  override readonly name = 'CodedError';

  constructor(
    readonly code: ErrorCode,
    readonly details: ErrorDetails = {},
  ) {
    super(code);
  }

  get entry(): ErrorEntry {
    return ERROR_TABLE[this.code];
  }
}
