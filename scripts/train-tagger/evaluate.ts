import type { Span } from '../../src/pii/span.js';
import { readSamples } from './corpus.js';

type Bounds = Pick<Span, 'start' | 'end' | 'type'>;

const overlap = (span: Bounds, others: readonly Bounds[]): number =>
  others.reduce(
    (sum, other) => sum + Math.max(0, Math.min(span.end, other.end) - Math.max(span.start, other.start)),
    0,
  );

const round = (x: number): number => Math.round(x * 1000) / 10;

/** Precision, recall and F2 for a type, as ../shared/data/README.md defines them: half of the characters must be right. */
export function measure(
  file: string,
  tag: (text: string) => Span[],
): Record<string, { p: number; r: number; f2: number }> {
  const result: Record<string, { p: number; r: number; f2: number }> = {};
  const samples = readSamples(file);
  const found = samples.map(({ text }) => tag(text));
  for (const type of ['PERSON', 'LOCATION', 'ORGANIZATION']) {
    let [gold, hit, predicted, right] = [0, 0, 0, 0];
    samples.forEach(({ spans }, i) => {
      const expected = spans.filter((span) => span.type === type);
      const got = (found[i] ?? []).filter((span) => span.type === type);
      gold += expected.length;
      predicted += got.length;
      hit += expected.filter((span) => overlap(span, got) * 2 >= span.end - span.start).length;
      right += got.filter((span) => overlap(span, expected) * 2 >= span.end - span.start).length;
    });
    const p = right / Math.max(predicted, 1);
    const r = hit / Math.max(gold, 1);
    result[type] = { p: round(p), r: round(r), f2: round((5 * p * r) / (4 * p + r || 1)) };
  }
  return result;
}
