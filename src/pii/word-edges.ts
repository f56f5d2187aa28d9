/** Scripts that write words without spaces between them: a neighbouring letter says nothing there. */
export const SPACELESS = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;
/** Korean has spaces, but its particles follow a word without one. */
const JOINED = /\p{sc=Hangul}/u;
const LETTER = /[\p{L}\p{M}]/u;
const DIGIT = /\p{Nd}/u;

/** Whether `offset` lies between two letters or two digits that belong together, outside of scripts that join words. */
export function cutsWord(text: string, offset: number): boolean {
  if (offset <= 0 || offset >= text.length) return false;
  const before = characterBefore(text, offset);
  const after = String.fromCodePoint(text.codePointAt(offset) ?? 0);
  if (DIGIT.test(before) && DIGIT.test(after)) return true;
  return isLetterOfWord(before) && isLetterOfWord(after);
}

function isLetterOfWord(character: string): boolean {
  return LETTER.test(character) && !SPACELESS.test(character) && !JOINED.test(character);
}

function characterBefore(text: string, offset: number): string {
  const low = text.charCodeAt(offset - 1);
  const isTrail = low >= 0xdc00 && low <= 0xdfff && offset >= 2;
  return text.slice(isTrail ? offset - 2 : offset - 1, offset);
}
