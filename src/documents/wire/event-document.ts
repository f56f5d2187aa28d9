import type { ErrorCode } from '../../errors/code-table.js';
import type { JsonSchema } from '../json-schema.js';

export interface ClientEventDocument {
  readonly summary: string;
  readonly description?: string;
  readonly payload: JsonSchema;
  /** `data` of a successful ack. */
  readonly answer: JsonSchema;
  /** What it may be refused with, beside what every event may be. */
  readonly codes: readonly ErrorCode[];
}

export interface ServerEventDocument {
  readonly summary: string;
  readonly payload: JsonSchema;
}
