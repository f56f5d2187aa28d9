import type { Recognizer } from './recognizer.js';

// The search starts at the rare part (the word "at"), so that it costs nothing where there is none.
const AT = /[[({<] ?(?:at|@|ät) ?[\])}>] ?| at /gi;
const LOCAL_CHARACTER = /[\p{L}\p{N}_+%.-]/u;
const SPELT_LOCAL_DOT = / (?:dot|punkt) $/i;
const LABEL = /[\p{L}\p{N}-]{1,63}/uy;
const DOT = / ?[[({<] ?(?:dot|punkt|\.) ?[\])}>] ?| (?:dot|punkt|d0t) |\./iy;
const TOP_LEVEL = /^\p{L}{2,24}$/u;
// "look at the dot com bubble"
const NO_HOST = /^(?:the|an?|this|that|his|her|our|my|your|its|one|every|each)$/i;
const LONGEST_LOCAL = 64;
const MOST_LABELS = 5;

/** Addresses that are spelled so that a harvester does not see them: "ada at example dot org", "ada [at] example.org". */
export const obfuscatedEmailRecognizer: Recognizer = {
  types: ['EMAIL_ADDRESS'],
  find(text, _scan, _minScore, report) {
    AT.lastIndex = 0;
    for (let at = AT.exec(text); at !== null; at = AT.exec(text)) {
      const start = localStart(text, at.index);
      const domain = start < at.index ? readDomain(text, AT.lastIndex) : undefined;
      // "meet me at example.org" has neither brackets nor a spelled dot: a place, not an address.
      const bare = at[0].startsWith(' ');
      if (domain === undefined || (bare && !domain.spelt)) continue;
      report('EMAIL_ADDRESS', start, domain.end, 0.8);
    }
  },
};

/** Where the local part that ends at `end`, or one space before it, starts; `end` when there is none. */
function localStart(text: string, end: number): number {
  let start = text.charAt(end - 1) === ' ' ? end - 1 : end;
  const limit = Math.max(0, end - LONGEST_LOCAL);
  const last = start;
  while (start > limit) {
    const dot = SPELT_LOCAL_DOT.exec(text.slice(Math.max(limit, start - 7), start));
    if (dot && start < last) start -= dot[0].length;
    else if (LOCAL_CHARACTER.test(text.charAt(start - 1))) start -= 1;
    else break;
  }
  return start === last ? end : start;
}

/** The domain that starts at `start`, and whether one of its dots is spelled out. */
function readDomain(text: string, start: number): { end: number; spelt: boolean } | undefined {
  let end = start;
  let found: { end: number; spelt: boolean } | undefined;
  let spelt = false;
  for (let labels = 0; labels < MOST_LABELS; labels += 1) {
    const label = sticky(LABEL, text, end);
    if (label === '' || (labels === 0 && NO_HOST.test(label))) break;
    end += label.length;
    if (labels > 0 && TOP_LEVEL.test(label)) found = { end, spelt };
    const dot = sticky(DOT, text, end);
    if (dot === '') break;
    spelt ||= dot !== '.';
    end += dot.length;
  }
  return found;
}

function sticky(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}
