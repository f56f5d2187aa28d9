import type { MaskedText } from './masked-text.js';
import { rehydrate } from './rehydrate.js';

/*
 * Messages as JSON that the database wrote, ending with their text and its positions. Within a text the quotation marks are
 * escaped, so that nothing in it looks like the name of a member.
 */
const TEXT = ',"text":';
const WITHOUT_POSITIONS = ',"positions":[]}';

/** The JSON of the rehydrated text of a message. What holds no placeholder is not read, but taken over. */
export function rehydratedJson(message: string, values: ReadonlyMap<string, string>): string {
  const at = message.lastIndexOf(TEXT);
  if (message.endsWith(WITHOUT_POSITIONS)) return message.slice(at + TEXT.length, -WITHOUT_POSITIONS.length);
  return JSON.stringify(rehydrate(JSON.parse(`{${message.slice(at + 1)}`) as MaskedText, values));
}

/** Bytes of a text in UTF-8, of its JSON. */
export const bytesOfJson = (json: string): number =>
  json.includes('\\') ? Buffer.byteLength(JSON.parse(json) as string) : Buffer.byteLength(json) - 2;
