/** Why a text was refused. A fixed word; it never quotes the text, as JSON.parse's own complaint does. */
export type StrictJsonFault = 'not_json' | 'duplicate_key' | 'forbidden_key' | 'too_deep' | 'lone_surrogate' | 'nul';

export type StrictJsonResult =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: StrictJsonFault };

export interface StrictJsonRules {
  /** How many arrays and objects may be open at once: 1 admits `{"a":1}`, 2 admits `[{"a":1}]`. */
  readonly maxDepth: number;
  /**
   * Refuse NUL and lone surrogates in any string or key, however they are escaped: PostgreSQL stores neither, and UTF-8
   * would silently change the latter. Without it they pass, for a caller that answers them with a code of its own.
   */
  readonly rejectUnstorable?: boolean;
}

/** The keys of an open object that were seen, or undefined for an array. */
type Frame = Set<string> | undefined;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const LOWER_U = 0x75;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Parses JSON (RFC 8259) and refuses what JSON.parse lets pass although receivers disagree about it: repeated keys, the
 * keys `__proto__`, `constructor` and `prototype`, nesting without bound, text that cannot be stored.
 *
 * One pass over the characters finds the structure; it is linear and keeps its own stack of at most `maxDepth`, so
 * nesting of any depth ends at the limit. The grammar itself is left to JSON.parse, which runs last: on text that is no
 * JSON the pass may name another fault first, never none.
 */
export function parseStrictJson(text: string, rules: StrictJsonRules): StrictJsonResult {
  const reason = findFault(text, rules.maxDepth, rules.rejectUnstorable ?? false);
  if (reason !== undefined) return { ok: false, reason };
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false, reason: 'not_json' };
  }
}

/** Whether a key could reach an object's prototype when it is copied without care. */
export function isForbiddenKey(key: string): boolean {
  return key === '__proto__' || key === 'constructor' || key === 'prototype';
}

function findFault(text: string, maxDepth: number, rejectUnstorable: boolean): StrictJsonFault | undefined {
  if (rejectUnstorable) {
    const fault = unstorable(text);
    if (fault !== undefined) return fault;
  }
  const open: Frame[] = [];
  let keys: Frame;
  let keyExpected = false;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        if (open.length >= maxDepth) return 'too_deep';
        open.push(keys);
        keyExpected = text.charCodeAt(at) === OPEN_OBJECT;
        keys = keyExpected ? new Set() : undefined;
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        keys = open.pop();
        keyExpected = false;
        break;
      case COMMA:
        keyExpected = keys !== undefined;
        break;
      case COLON:
        keyExpected = false;
        break;
      case QUOTE: {
        const end = endOfString(text, at);
        if (end < 0) return 'not_json';
        const fault = keyExpected && keys !== undefined ? keyFault(text, at, end, keys) : undefined;
        if (fault !== undefined) return fault;
        if (rejectUnstorable && hasSuspectEscape(text, at, end)) {
          const content = unescaped(text, at, end);
          const broken = content === undefined ? 'not_json' : unstorable(content);
          if (broken !== undefined) return broken;
        }
        at = end;
        break;
      }
      default:
    }
  }
  return undefined;
}

/**
 * Index of the quote that ends the string which begins at `start`, or -1. A quote behind an odd number of backslashes is
 * part of the string. Linear: each quote is found once, and each run of backslashes is counted for one quote only.
 */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0) {
    let run = end;
    while (text.charCodeAt(run - 1) === BACKSLASH) run -= 1;
    if ((end - run) % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return -1;
}

function keyFault(text: string, start: number, end: number, seen: Set<string>): StrictJsonFault | undefined {
  const key = unescaped(text, start, end);
  if (key === undefined) return 'not_json';
  if (isForbiddenKey(key)) return 'forbidden_key';
  if (seen.has(key)) return 'duplicate_key';
  seen.add(key);
  return undefined;
}

/** What the string literal between the quotes at `start` and `end` says, or undefined when an escape is malformed. */
function unescaped(text: string, start: number, end: number): string | undefined {
  const raw = text.slice(start + 1, end);
  if (!raw.includes('\\')) return raw;
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    return undefined;
  }
}

/**
 * Whether a `\u` escape between the quotes could stand for NUL or a surrogate. Only then is the string unescaped. Looks
 * at a slice: a search for the next backslash of the whole text, once per string, would be quadratic.
 */
function hasSuspectEscape(text: string, start: number, end: number): boolean {
  const raw = text.slice(start + 1, end);
  for (let at = raw.indexOf('\\'); at >= 0; at = raw.indexOf('\\', at + 2)) {
    if (raw.charCodeAt(at + 1) === LOWER_U && '0dD'.includes(raw.charAt(at + 2))) return true;
  }
  return false;
}

function unstorable(text: string): 'nul' | 'lone_surrogate' | undefined {
  if (text.includes('\0')) return 'nul';
  return text.isWellFormed() ? undefined : 'lone_surrogate';
}
