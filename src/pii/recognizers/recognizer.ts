import type { EntityType } from '../entity-type.js';
import { subjectBit, type Subject } from './context.js';
import { isNear, type Scan } from './scan.js';

/** A match that a rule looks at: offsets in the folded text. */
export interface Candidate {
  readonly value: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly scan: Scan;
}

/** Receives the offsets and the score of one match. */
export type Report = (type: EntityType, start: number, end: number, score: number) => void;

/** Finds the values of one kind, or of a few kinds that share a pattern, in a folded text. */
export interface Recognizer {
  readonly types: readonly EntityType[];
  /** Fewest digits that a text must hold for it to find anything; default 0. */
  readonly digits?: number;
  /** Signs of `scan.ts` that a text must all hold for it to find anything; default none. */
  readonly signs?: number;
  /** Reports what scores `minScore` or more, in a text that holds the digits and signs it needs. */
  find(text: string, scan: Scan, minScore: number, report: Report): void;
}

/**
 * A recognizer that is one linear pattern with a validator, and words that must or may stand near. A match scores `score`,
 * or `scoreInContext` where a word of `context` is near.
 */
export interface Rule {
  readonly type: EntityType;
  /** Global. The value is the whole match, or the group named `value`, which then ends the match. */
  readonly pattern: RegExp;
  readonly score: number;
  readonly context?: Subject;
  readonly scoreInContext?: number;
  readonly digits?: number;
  readonly signs?: number;
  /** Whether the match is of this type at all: checksum, known prefix, ranges. */
  readonly accepts?: (candidate: Candidate) => boolean;
}

/** Makes a recognizer of one rule. No letter or digit may touch the value on either side. */
export function rule(definition: Rule): Recognizer {
  const { type, digits = 0, signs = 0 } = definition;
  return {
    types: [type],
    digits,
    signs,
    find: (text, scan, minScore, report) => apply(definition, text, scan, minScore, report),
  };
}

function apply(rule: Rule, text: string, scan: Scan, minScore: number, report: Report): void {
  const { pattern, context } = rule;
  const contextPossible = context !== undefined && (scan.subjects & subjectBit(context)) !== 0;
  if (rule.score < minScore && !contextPossible) return;
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const value = match.groups?.value ?? match[0];
    const end = match.index + match[0].length;
    const start = end - value.length;
    if (isWordAt(text, start - 1) || isWordAt(text, end)) continue;
    const near = contextPossible && isNear(scan, context, start, end);
    const score = near ? (rule.scoreInContext ?? rule.score) : rule.score;
    if (score < minScore) continue;
    if (rule.accepts && !rule.accepts({ value, start, end, text, scan })) continue;
    report(rule.type, start, end, score);
  }
}

const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;

/** Whether a letter or digit stands at `index`; outside the text nothing does. */
export function isWordAt(text: string, index: number): boolean {
  if (index < 0 || index >= text.length) return false;
  const code = text.charCodeAt(index);
  return code < 128 ? isAsciiWord(code) : LETTER_OR_DIGIT.test(text.charAt(index));
}

/** Whether an ASCII digit stands at `index`. */
export function isDigitAt(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code >= 48 && code <= 57;
}

/** The ASCII digits of a value, separators dropped. */
export function digitsOf(value: string): string {
  return value.replace(/[^0-9]+/g, '');
}

function isAsciiWord(code: number): boolean {
  return (code >= 48 && code <= 57) || ((code | 32) >= 97 && (code | 32) <= 122);
}
