import type { Recognizer } from './recognizer.js';

// The pattern starts at the rare part (the word "at"), so that it costs nothing where there is none.
const AT = /[[({<] ?(?:at|@|ät) ?[\])}>] ?| at /gi;
const LOCAL = /[\p{L}\p{N}](?:[\p{L}\p{N}_+%.-]| (?:dot|punkt) ){0,62} ?$/iu;
const LABEL = '[\\p{L}\\p{N}-]{1,63}';
const DOT = '(?:\\s?[[({<]\\s?(?:dot|punkt|\\.)\\s?[\\])}>]\\s?|\\s(?:dot|punkt|d0t)\\s|\\.)';
const DOMAIN = new RegExp(`${LABEL}(?:${DOT}${LABEL}){0,3}${DOT}\\p{L}{2,24}`, 'iuy');
const SPELT_DOT = /\b(?:dot|punkt|d0t)\b|[[({<]/i;
// "look at the dot com bubble"
const NO_HOST = /^(?:the|a|an|this|that|his|her|our|my|your|its|one|every|each)\b/i;
const WINDOW = 64;

/** Addresses that are spelled so that a harvester does not see them: "ada at example dot org", "ada [at] example.org". */
export const obfuscatedEmailRecognizer: Recognizer = {
  types: ['EMAIL_ADDRESS'],
  patterns: [AT, LOCAL, DOMAIN, SPELT_DOT, NO_HOST],
  find(text, _scan, _minScore, report) {
    AT.lastIndex = 0;
    for (let at = AT.exec(text); at !== null; at = AT.exec(text)) {
      const afterAt = AT.lastIndex;
      const local = LOCAL.exec(text.slice(Math.max(0, at.index - WINDOW), at.index))?.[0];
      DOMAIN.lastIndex = afterAt;
      const domain = local === undefined ? undefined : DOMAIN.exec(text)?.[0];
      if (local === undefined || domain === undefined) continue;
      // "meet me at example.org" has neither brackets nor a spelled dot: a place, not an address.
      const spelt = at[0].trim().toLowerCase() !== 'at' || SPELT_DOT.test(domain);
      if (!spelt || NO_HOST.test(domain)) continue;
      report('EMAIL_ADDRESS', at.index - local.length, afterAt + domain.length, 0.8);
    }
  },
};
