import { isIPv6 } from 'node:net';
import { isDigitAt, isWordAt, type Recognizer, type Report } from './recognizer.js';
import { isNear, nearest, Sign, type Scan } from './scan.js';

const OCTET = '(?:25[0-5]|2[0-4]\\d|1?\\d{1,2})';
const V4 = new RegExp(`\\b${OCTET}(?:\\.${OCTET}){3}(?![0-9])`, 'g');
const V6 = /(?<![0-9A-Fa-f:.])[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{1,60}/g;
const LABEL = /^[A-Fa-f]{0,4}:(?!:)/;
const PREFIX_LENGTH = /\/(\d{1,3})(?!\d)/y;
const ZONE = /%[0-9A-Za-z_.-]{1,16}/y;

/** IPv4 and IPv6 addresses (RFC 4291 text forms), with their zone or prefix length. */
export const ipAddressRecognizer: Recognizer = {
  types: ['IP_ADDRESS'],
  find(text, scan, minScore, report) {
    if (scan.digits >= 4 && (scan.signs & Sign.dot) !== 0) findV4(text, scan, minScore, report);
    if ((scan.signs & Sign.colon) !== 0 && text.includes(':', text.indexOf(':') + 1))
      findV6(text, scan, minScore, report);
  },
};

function findV4(text: string, scan: Scan, minScore: number, report: Report): void {
  V4.lastIndex = 0;
  for (let match = V4.exec(text); match !== null; match = V4.exec(text)) {
    const start = match.index;
    const end = start + match[0].length;
    if (isWordAt(text, end) || isWordAt(text, start - 1)) continue;
    if (text.charAt(start - 1) === '.' && isDigitAt(text, start - 2)) continue;
    // 1.2.3.4 is a version as often as an address, and 01.23.45.67.89 a phone number.
    const longer = text.charAt(end) === '.' && isDigitAt(text, end + 1);
    const otherwise = longer || nearest(scan, 'other', start, end) !== undefined;
    const versioned = otherwise && !isNear(scan, 'network', start, end);
    const score = versioned ? 0.4 : 0.95;
    if (score >= minScore) report('IP_ADDRESS', start, withSuffix(text, end, PREFIX_LENGTH, 32), score);
  }
}

function findV6(text: string, scan: Scan, minScore: number, report: Report): void {
  V6.lastIndex = 0;
  for (let match = V6.exec(text); match !== null; match = V6.exec(text)) {
    // A label may touch it: "addr:2001:db8::1".
    const touched = isWordAt(text, match.index - 1);
    const label = touched || match[0].startsWith(':') ? (LABEL.exec(match[0])?.[0].length ?? 0) : 0;
    const start = match.index + label;
    const value = withoutTail(match[0].slice(label));
    const end = start + value.length;
    if ((touched && label === 0) || isWordAt(text, end) || !isIPv6(value)) continue;
    const zoned = withSuffix(text, end, ZONE);
    const score = isTelling(value) || isNear(scan, 'network', start, end) ? 0.95 : 0.3;
    if (score >= minScore) report('IP_ADDRESS', start, withSuffix(text, zoned, PREFIX_LENGTH, 128), score);
  }
}

/** A sentence ends behind an address with a full stop or a colon; `::` ends in a colon itself. */
function withoutTail(value: string): string {
  const plain = value.endsWith('.') ? value.slice(0, -1) : value;
  return plain.endsWith(':') && !plain.endsWith('::') ? plain.slice(0, -1) : plain;
}

/** `::` stands for a scope operator in code, `1::2` for many things: three groups are an address. */
function isTelling(value: string): boolean {
  return (
    value === '::1' ||
    value.includes('.') ||
    value.split(':').filter((group) => group !== '').length >= 3 ||
    /^fe80::/i.test(value)
  );
}

function withSuffix(text: string, end: number, suffix: RegExp, limit = 0): number {
  suffix.lastIndex = end;
  const match = suffix.exec(text);
  if (match === null || Number(match[1] ?? 0) > limit) return end;
  return end + match[0].length;
}
