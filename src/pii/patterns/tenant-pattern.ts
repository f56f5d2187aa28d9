import { type Matcher, RE2JS, RE2JSException } from 're2js';
import { CodedError } from '../../errors/coded-error.js';
import { cutsWord } from '../word-edges.js';
import { isWordAt, type Recognizer, type Report } from '../recognizers/recognizer.js';
import { TimeShare } from './time-share.js';
import { WorkTime } from './work-time.js';

/** A recognizer that a workspace has made itself. */
export interface TenantPattern {
  /** Entity type that its values get. */
  readonly type: string;
  /** In the syntax of RE2. The value is the whole match, or the group named `value`. */
  readonly expression: string;
  /** Lower case. Where there are any, a match counts only with one of them near. */
  readonly context: readonly string[];
  /** From 0.5 to 1: what overlaps goes to the surer one. */
  readonly score: number;
}

/** The patterns of one workspace have run out of time on one text; which one it was says nothing. */
export class PatternsTooSlow extends Error {
  override readonly name = 'PatternsTooSlow';
}

export const MAX_EXPRESSION = 256;
/** Instructions of the compiled program: a search costs at most this many steps for each character. */
const MAX_PROGRAM = 100;
/** For all patterns of a workspace on one text, where ordinary patterns need a thousandth of it. */
const BUDGET_MS = 100;
/** Of the time of this process, for the patterns of one workspace: they must not keep others waiting. */
const SHARE = 0.05;
/** As much at once: three texts that use their budget up, the share that comes back meanwhile included. */
const BURST_MS = 2.5 * BUDGET_MS;
const BEFORE = 48;
const AFTER = 16;
const WORD = /[\p{L}\p{N}]+/gu;
const VALUE = 'value';

interface Compiled {
  readonly pattern: TenantPattern;
  readonly engine: RE2JS;
  readonly hasValue: boolean;
  readonly context: ReadonlySet<string>;
}

/** The patterns of a workspace, as one recognizer; its `find` throws `PatternsTooSlow`. */
export interface TenantRecognizer extends Recognizer {
  /** Types of patterns that were saved and cannot run: an engine of another version refuses what an older one took. */
  readonly unusable: readonly string[];
}

/** @throws CodedError `pattern_refused` with the reason where the pattern cannot run */
export function checkPattern(pattern: TenantPattern): void {
  compile(pattern);
}

/** Whether a pattern that was saved runs on the engine of this version. */
export const isUsable = (pattern: TenantPattern): boolean => compileSaved(pattern) !== undefined;

function compileSaved(pattern: TenantPattern): Compiled | undefined {
  try {
    return compile(pattern);
  } catch (error) {
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}

/**
 * All patterns of a workspace that can run, on an engine whose time is linear in the text whatever the expression. They are
 * left alone while they have used up their share of time, however their slow texts are mixed with quick ones.
 * @param all the share of all workspaces together: used up, it ends the work of those whose patterns are slow, and of no others
 */
export function tenantRecognizer(patterns: readonly TenantPattern[], all = allWorkspaces()): TenantRecognizer {
  const compiled = patterns.flatMap((pattern) => compileSaved(pattern) ?? []);
  const usable = new Set(compiled.map(({ pattern }) => pattern.type));
  const own = new TimeShare(SHARE, BURST_MS);
  return {
    types: patterns.map(({ type }) => type),
    unusable: patterns.map(({ type }) => type).filter((type) => !usable.has(type)),
    find: (text, _scan, minScore, report) => {
      const start = performance.now();
      if (own.isUsedUp(start) || (own.hasDebt(start) && all.isUsedUp(start))) throw new PatternsTooSlow();
      const work = new WorkTime();
      const isDone = compiled.every((each) => each.pattern.score < minScore || search(each, text, work, report));
      for (const share of [own, all]) share.took(work.elapsed(), performance.now());
      if (!isDone) throw new PatternsTooSlow();
    },
  };
}

/** The share of the patterns of all workspaces. */
export const allWorkspaces = (): TimeShare => new TimeShare(5 * SHARE, 5 * BURST_MS);

function compile(pattern: TenantPattern): Compiled {
  const engine = engineOf(pattern.expression);
  if (engine.programSize() > MAX_PROGRAM) throw refused('too_complex');
  if (engine.matches('')) throw refused('matches_empty');
  return {
    pattern,
    engine,
    hasValue: Object.hasOwn(engine.namedGroups(), VALUE),
    context: new Set(pattern.context),
  };
}

function engineOf(expression: string): RE2JS {
  try {
    return RE2JS.compile(expression);
  } catch (error) {
    // The engine's own message quotes the expression.
    if (error instanceof RE2JSException) throw refused('not_re2');
    throw error;
  }
}

const refused = (reason: string): CodedError => new CodedError('pattern_refused', { reason });

/** @returns whether it came to the end in time */
function search(
  { pattern, engine, hasValue, context }: Compiled,
  text: string,
  work: WorkTime,
  report: Report,
): boolean {
  const matcher = engine.matcher(text);
  // One search is linear; as many searches as there are matches need not be.
  while (matcher.find()) {
    const [start, end] = valueOf(matcher, hasValue);
    const isWhole = start < end && !cutsWord(text, start) && !cutsWord(text, end);
    if (isWhole && (context.size === 0 || hasContext(text, start, end, context))) {
      report(pattern.type, start, end, pattern.score);
    }
    if (work.exceeds(BUDGET_MS)) return false;
  }
  return !work.exceeds(BUDGET_MS);
}

/** Offsets of the value, -1 twice where its group took no part in the match. */
const valueOf = (matcher: Matcher, hasValue: boolean): readonly [number, number] =>
  hasValue ? [matcher.start(VALUE), matcher.end(VALUE)] : [matcher.start(), matcher.end()];

/** Whether one of the words stands near: up to 48 characters before the value or 16 behind it. */
function hasContext(text: string, start: number, end: number, context: ReadonlySet<string>): boolean {
  return isAmong(text, start - BEFORE, start, context) || isAmong(text, end, end + AFTER, context);
}

function isAmong(text: string, from: number, to: number, context: ReadonlySet<string>): boolean {
  let first = Math.max(0, from);
  let last = Math.min(text.length, to);
  // A word that the edge would cut counts as a whole.
  while (first > 0 && first > from - MAX_CONTEXT_WORD && isWordAt(text, first - 1)) first -= 1;
  while (last < text.length && last < to + MAX_CONTEXT_WORD && isWordAt(text, last)) last += 1;
  for (const [word] of text.slice(first, last).matchAll(WORD)) if (context.has(word.toLowerCase())) return true;
  return false;
}

export const MAX_CONTEXT_WORD = 32;
