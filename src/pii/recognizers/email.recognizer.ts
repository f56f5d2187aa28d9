import { isWordAt, type Recognizer, type Report } from './recognizer.js';
import { Sign } from './scan.js';

const LOCAL_LIMIT = 64; // RFC 5321, section 4.5.3.1.1
const DOMAIN_LIMIT = 253; // RFC 1035, section 3.1

// Sticky: both run once for each at-sign, over a bounded stretch.
const DOMAIN = /[\p{L}\p{M}\p{N}.-]{1,253}/uy;
const TOP_LEVEL = /^(?:xn--[a-z0-9-]{2,59}|\p{L}\p{M}{0,4}[\p{L}\p{M}]{1,23})/iu;
const LOCAL_CHARACTER = /[\p{L}\p{M}\p{N}._%+'&~=!#$*-]/u;
// A key in front of the address, as in a query string or a log line: email=ada@example.org
const KEY = /^[a-z_]{1,20}=/i;

/** E-mail addresses, internationalised ones too, whole from the first character of the local part to the last label. */
export const emailRecognizer: Recognizer = {
  types: ['EMAIL_ADDRESS'],
  signs: Sign.at | Sign.dot,
  find(text, _scan, _minScore, report) {
    for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) findAround(text, at, report);
  },
};

function findAround(text: string, at: number, report: Report): void {
  // "ada @ example.org": one space on either side, and only on both.
  const spaced = text.charAt(at - 1) === ' ' && text.charAt(at + 1) === ' ';
  const start = localStart(text, spaced ? at - 1 : at);
  if (start < 0) return;
  const end = domainEnd(text, spaced ? at + 2 : at + 1);
  if (end > 0) report('EMAIL_ADDRESS', start, end, 1);
}

/** Where the local part that ends at `end` starts, or -1. */
function localStart(text: string, end: number): number {
  if (text.charAt(end - 1) === '"') return quotedStart(text, end - 1);
  const limit = Math.max(0, end - LOCAL_LIMIT);
  let start = end;
  while (start > limit && LOCAL_CHARACTER.test(text.charAt(start - 1))) start -= 1;
  const key = KEY.exec(text.slice(start, end));
  if (key) start += key[0].length;
  while (start < end && !isWordAt(text, start) && !'_+'.includes(text.charAt(start))) start += 1;
  return start < end ? start : -1;
}

/** "Ada Lovelace"@example.org (RFC 5322, section 3.4.1). */
function quotedStart(text: string, closing: number): number {
  const opening = text.lastIndexOf('"', closing - 1);
  return opening >= closing - LOCAL_LIMIT && opening >= 0 ? opening : -1;
}

/** Where the domain that starts at `start` ends: the longest stretch of labels whose last can be a top level; or -1. */
function domainEnd(text: string, start: number): number {
  DOMAIN.lastIndex = start;
  const stretch = DOMAIN.exec(text)?.[0].slice(0, DOMAIN_LIMIT) ?? '';
  const empty = stretch.indexOf('..');
  const labels = (empty < 0 ? stretch : stretch.slice(0, empty)).split('.');
  let length = labels.reduce((sum, label) => sum + label.length + 1, -1);
  for (let index = labels.length - 1; index > 0; index -= 1) {
    const label = labels[index] ?? '';
    const top = TOP_LEVEL.exec(label)?.[0] ?? '';
    if (top !== '' && labels[0] !== '') return start + length - label.length + top.length;
    length -= label.length + 1;
  }
  return -1;
}
