import type { Span } from './span.js';

/** A detector beside the built-in one that has to be waited for. It may fail; then it was no help for that text. */
export interface OutsideAnalyzer {
  /** For counters. */
  readonly part: 'presidio' | 'model';
  /** Finds personal data in a folded text; UTF-16 offsets in that text, in any order. Rejects with whatever went wrong. */
  find(text: string): Promise<Span[]>;
}
