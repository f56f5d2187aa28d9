import type { MaskedText } from './masked-text.js';
import { rehydrate } from './rehydrate.js';

/*
 * Messages as JSON that the database wrote, ending with their text and its positions. Within a text the quotation marks are
 * escaped, so that nothing in it looks like the name of a member, and no other member is named as these two are.
 */
const TEXT = ',"text":';
const POSITIONS = ',"positions":[';
const END = ']}';
/** A position as `JSON.stringify` writes it, with what comes after it. */
const WRITTEN_POSITION = /\{"start":(\d+),"end":(\d+),"type":"\w+","placeholder":"(<\w+>)"\}(?:,|\]\}$)/y;
/** What JSON may have to write otherwise: quotation marks, backslashes, controls, and halves of surrogate pairs. */
const ESCAPED_IN_JSON = /["\\\p{Cc}\p{Cs}]/u;
/** Where a text has none of these, a code point of it is a character of its JSON. */
const LONGER_IN_JSON = /[\\\ud800-\udfff]/;

/** The JSON of the rehydrated text of a message. What holds no placeholder is not read, but taken over. */
export function rehydratedJson(message: string, values: ReadonlyMap<string, string>): string {
  const at = message.indexOf(TEXT) + TEXT.length;
  const end = message.indexOf(POSITIONS, at);
  const text = message.slice(at, end);
  const positions = end + POSITIONS.length;
  if (positions + END.length === message.length) return text;
  const whole = (): string =>
    JSON.stringify(rehydrate(JSON.parse(`{"text":${message.slice(at)}`) as MaskedText, values));
  return LONGER_IN_JSON.test(text) ? whole() : (splicedJson(text, message, positions, values) ?? whole());
}

/**
 * Puts values straight into the JSON of a text: to read it and to write it again takes several times as long.
 * @param at where the positions begin in `message`
 * @returns undefined where they are written in another way
 */
function splicedJson(
  text: string,
  message: string,
  at: number,
  values: ReadonlyMap<string, string>,
): string | undefined {
  let result = '';
  let from = 0;
  for (WRITTEN_POSITION.lastIndex = at; WRITTEN_POSITION.lastIndex < message.length;) {
    const position = WRITTEN_POSITION.exec(message);
    if (!position) return undefined;
    const [, start, end, placeholder = ''] = position;
    const value = values.get(placeholder);
    if (value === undefined) continue;
    // The text begins with a quotation mark.
    result +=
      text.slice(from, Number(start) + 1) + (ESCAPED_IN_JSON.test(value) ? JSON.stringify(value).slice(1, -1) : value);
    from = Number(end) + 1;
  }
  return result + text.slice(from);
}

/** Bytes of a text in UTF-8, of its JSON. */
export const bytesOfJson = (json: string): number =>
  json.includes('\\') ? Buffer.byteLength(JSON.parse(json) as string) : Buffer.byteLength(json) - 2;
