import { CodedError } from '../errors/coded-error.js';
import { instructionsFromBody, instructionsFromHeaders, type PiiInstructions } from './instructions.js';

/**
 * The PII instructions of an HTTP call: from its headers or from the body member `pii`, never from both.
 * @throws CodedError with the code of what is malformed, `pii_header_and_body`
 */
export function readInstructions(rawHeaders: readonly string[], pii?: unknown): PiiInstructions {
  const fromHeaders = instructionsFromHeaders(rawHeaders);
  if (pii === undefined) return fromHeaders;
  if (Object.keys(fromHeaders).length > 0) throw new CodedError('pii_header_and_body');
  return instructionsFromBody(pii);
}
