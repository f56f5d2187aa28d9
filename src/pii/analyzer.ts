import type { EntityType } from './entity-type.js';
import { fold, type Folded } from './folding.js';
import { findPlaceholders } from './placeholder.js';
import { joinAddresses } from './recognizers/address/join.js';
import type { Recognizer } from './recognizers/recognizer.js';
import { recognizersFor } from './recognizers/registry.js';
import { scan } from './recognizers/scan.js';
import { mergeDetections, type Span } from './span.js';
import { tagNames as shippedTagger } from './tagger/tagger.js';
import { TYPES as NAME_TYPES } from './tagger/tags.js';

export { containsPii } from './contains-pii.js';

/** Finds names in a folded text; UTF-16 offsets in that text. */
export type NameTagger = (text: string) => readonly Span[];

/** What to look for and how sure to be. */
export interface AnalyzeOptions {
  /** Report these types only; default: all. */
  readonly types?: ReadonlySet<EntityType>;
  /** Report what scores this much or more, from 0 to 1; default 0.5. Lower finds more, and more that is none. */
  readonly minScore?: number;
  /** Recognizers of a workspace's own, asked beside those of the registry. */
  readonly own?: Recognizer;
  /** What others have found, in UTF-16 offsets of the folded text. */
  readonly found?: readonly Span[];
  /** Whether the registry and the tagger look themselves; default true. */
  readonly builtin?: boolean;
  /** Finds persons, places and organisations; default: the tagger that ships with the service. */
  readonly tagNames?: NameTagger;
}

const DEFAULT_MIN_SCORE = 0.5;
const PLACEHOLDER = '';

/**
 * Finds personal data in a text. Pure and deterministic.
 * @returns spans in UTF-16 offsets of `text`, sorted, without overlaps; literal placeholders are never part of one.
 */
export function analyze(text: string, options: AnalyzeOptions = {}): Span[] {
  if (text === '') return [];
  const folded = fold(text);
  const found = detect(folded.text, options);
  if (found.length === 0) return found;
  const merged = mergeDetections(folded.text, [...found, ...literalPlaceholders(folded.text)]);
  return joinAddresses(folded.text, merged)
    .filter((span) => span.type !== PLACEHOLDER)
    .map((span) => original(folded, span));
}

function detect(text: string, options: AnalyzeOptions): Span[] {
  const { types, minScore = DEFAULT_MIN_SCORE, tagNames = shippedTagger, own, found = [], builtin = true } = options;
  const spans: Span[] = [];
  const report = (type: EntityType, start: number, end: number, score: number): void => {
    if (types === undefined || types.has(type)) spans.push({ start, end, type, score });
  };
  const reportSure = ({ type, start, end, score }: Span): void => {
    if (score >= minScore) report(type, start, end, score);
  };
  found.forEach(reportSure);
  const facts = scan(text);
  own?.find(text, facts, minScore, report);
  if (!builtin) return spans;
  for (const recognizer of recognizersFor(facts.digits)) {
    const { signs = 0 } = recognizer;
    if ((facts.signs & signs) !== signs) continue;
    if (types !== undefined && !recognizer.types.some((type) => types.has(type))) continue;
    recognizer.find(text, facts, minScore, report);
  }
  if (types !== undefined && !NAME_TYPES.some((type) => types.has(type))) return spans;
  for (const span of tagNames(text)) reportSure(span);
  return spans;
}

/** As spans that beat every other, so that nothing is found inside of a placeholder. */
function literalPlaceholders(text: string): Span[] {
  return findPlaceholders(text).map(({ start, end }) => ({ start, end, type: PLACEHOLDER, score: 2 }));
}

function original(folded: Folded, span: Span): Span {
  const { start, end, type, score } = span;
  return { start: folded.toOriginalStart(start), end: folded.toOriginalEnd(end), type, score };
}
