import { CodedError } from '../errors/coded-error.js';
import { parseStrictJson } from './strict-json.js';

/** Most bytes of a request body. */
export const BODY_LIMIT = 64 * 1024;
/** Containers that may be open at once in a body. */
const MAX_DEPTH = 20;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses a request body. An empty one is no body: clients send the content type with it all the same.
 * @throws CodedError `malformed_json`, `validation_failed` for null, `invalid_text` for characters that cannot be stored
 */
export function parseJsonBody(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    throw new CodedError('malformed_json', { reason: 'not_utf8' });
  }
  const result = parseStrictJson(text, { maxDepth: MAX_DEPTH, rejectUnstorable: true });
  // Nest would take null for an empty object.
  if (result.ok && result.value === null) throw new CodedError('validation_failed', { fields: ['body'] });
  if (result.ok) return result.value;
  const { reason } = result;
  throw new CodedError(reason === 'nul' || reason === 'lone_surrogate' ? 'invalid_text' : 'malformed_json', { reason });
}
