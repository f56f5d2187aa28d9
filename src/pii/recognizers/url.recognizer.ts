import { isIPv4 } from 'node:net';
import { isWordAt, rule, type Recognizer } from './recognizer.js';
import { Sign } from './scan.js';

const SCHEME = /[a-z][a-z0-9+.-]{0,15}$/i;
const USER_INFO = /[^\s/@<>"'?#:]{1,256}(?::[^\s/@<>"'?#]{0,256})?@/y;
const HOST = /(?:\[[0-9A-Fa-f:.]{2,45}\]|[\p{L}\p{M}\p{N}.-]{1,253})(?::\d{1,5})?/uy;
const REST = /[/?#][^\s<>"'`]*/y;
const TAIL = /[.,;:!?)\]}*]$/;
const NAMED = /\.(?:xn--[a-z0-9-]{2,59}|\p{L}{2,24})(?::\d{1,5})?$/iu;

/**
 * Web addresses of a named host, and any URL that carries credentials (RFC 3986, section 3.2.1). A bare IP address as host is
 * left to the recognizer for those.
 */
export const urlRecognizer: Recognizer = {
  types: ['URL'],
  signs: Sign.colon | Sign.slash,
  find(text, _scan, minScore, report) {
    for (let colon = text.indexOf('://'); colon >= 0;) {
      const scheme = SCHEME.exec(text.slice(Math.max(0, colon - 16), colon))?.[0] ?? '';
      const userInfo = length(USER_INFO, text, colon + 3);
      const host = colon + 3 + userInfo;
      const hostEnd = host + length(HOST, text, host);
      const named = NAMED.test(text.slice(host, hostEnd).replace(/(?<![.-])[.-]+$/, ''));
      const end = trimmedEnd(text, host, hostEnd + length(REST, text, hostEnd));
      const score = userInfo > 0 ? 1 : named ? 0.9 : 0;
      const found = scheme !== '' && score >= Math.max(minScore, 0.1) && hostEnd > host;
      if (found) report('URL', colon - scheme.length, end, score);
      colon = text.indexOf('://', found ? end : colon + 3);
    }
  },
};

/** Web addresses without a scheme: "www.example.org/ada"; a bare domain only where the text speaks of a site. */
export const domainRecognizer = rule({
  type: 'URL',
  pattern: /(?<![a-z0-9.-])[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,5}(?:\/[^\s<>"'`]{0,512})?/gi,
  score: 0.3,
  context: 'site',
  scoreInContext: 0.6,
  signs: Sign.dot,
  accepts: ({ value, text, start, end }) => {
    if (text.charAt(start - 1) === '@' || text.charAt(end) === '@' || isIPv4(value)) return false;
    const host = value.split('/', 1)[0] ?? '';
    const labels = host.split('.').length;
    return (
      COMMON_TOP_LEVEL.test(host) && (labels > 2 || !host.toLowerCase().startsWith('www.')) && !isWordAt(text, end)
    );
  },
});

/** "www." says by itself that a web address follows. */
export const wwwRecognizer = rule({
  type: 'URL',
  pattern:
    /\bwww\.(?:[a-z0-9\u00c0-\uffff-]{1,63}\.){1,4}[a-z\u00c0-\uffff]{2,24}(?::\d{1,5})?(?:\/[^\s<>"'`]{0,512})?/gi,
  score: 0.9,
  signs: Sign.dot,
  accepts: ({ text, start }) => !'@/'.includes(text.charAt(start - 1) || ' '),
});

// A file name (readme.md, index.ts) looks like a domain under a country's top level, so only the usual ones count.
const COMMON_TOP_LEVEL =
  /\.(?:com|net|org|info|biz|edu|gov|mil|int|io|co|app|dev|online|site|shop|xyz|me|eu|us|uk|de|fr|es|it|nl|be|ch|at|pl|se|no|dk|fi|pt|ie|cz|hu|ro|gr|ru|ua|tr|il|in|cn|jp|kr|br|ar|mx|ca|au|nz|za)$/i;

function length(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

function trimmedEnd(text: string, start: number, end: number): number {
  let trimmed = end;
  while (trimmed > start && TAIL.test(text.charAt(trimmed - 1))) trimmed -= 1;
  return trimmed;
}
