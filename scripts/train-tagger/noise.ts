import type { Random } from './random.js';
import type { Sample } from './sample.js';

type Span = Sample['spans'][number];

/** Replaces stretches of a text and moves the spans along. `edits` are sorted and do not overlap. */
function edit(sample: Sample, edits: readonly { start: number; end: number; text: string }[]): Sample {
  if (edits.length === 0) return sample;
  let text = '';
  let from = 0;
  for (const { start, end, text: replacement } of edits) {
    text += sample.text.slice(from, start) + replacement;
    from = end;
  }
  text += sample.text.slice(from);
  const moved = (offset: number): number => {
    let shift = 0;
    for (const { start, end, text: replacement } of edits) {
      if (end <= offset) shift += replacement.length - (end - start);
      else if (start < offset) return start + shift + Math.min(offset - start, replacement.length);
    }
    return offset + shift;
  };
  const spans = sample.spans.map((span): Span => ({ ...span, start: moved(span.start), end: moved(span.end) }));
  return { ...sample, text, spans: spans.filter((span) => span.start < span.end) };
}

const recased = (sample: Sample, recase: (text: string) => string): Sample => {
  const text = recase(sample.text);
  // A few letters change their length with their case (ß, İ): such a text stays as it is.
  return text.length === sample.text.length ? { ...sample, text } : sample;
};
export const lower = (sample: Sample): Sample => recased(sample, (text) => text.toLowerCase());
export const upper = (sample: Sample): Sample => recased(sample, (text) => text.toUpperCase());
export const title = (sample: Sample): Sample =>
  recased(sample, (text) => text.replace(/(?<![\p{L}'])\p{Ll}/gu, (letter) => letter.toUpperCase()));

const matches = (text: string, pattern: RegExp, replacement: (found: string) => string) =>
  [...text.matchAll(pattern)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    text: replacement(match[0]),
  }));

/** Without full stops, commas and the like at the ends of words. */
export const unpunctuated = (sample: Sample): Sample =>
  edit(
    sample,
    matches(sample.text, /[.,!?;:](?=\s|$)/g, () => ''),
  );

/** Tweets of the corpora come with spaces before punctuation; people write without. */
export const joined = (sample: Sample): Sample =>
  edit(
    sample,
    matches(sample.text, / (?=[.,!?;:)](?:\s|$))|(?<=\w') (?=(?:s|t|m|re|ve|ll|d)\b)/g, () => ''),
  );

/** One wrong letter in a word, as fast thumbs make them. */
export function typo(sample: Sample, random: Random): Sample {
  const words = [...sample.text.matchAll(/\p{L}{4,}/gu)];
  if (words.length === 0) return sample;
  const word = random.pick(words);
  const at = word.index + 1 + random.below(word[0].length - 2);
  const [first, second] = [sample.text.charAt(at), sample.text.charAt(at + 1)];
  const swapped = random.pick([second + first, first, second, first + first + second]);
  return edit(sample, [{ start: at, end: at + 2, text: swapped }]);
}

/** The same text with other names; where `name` answers nothing the old one stays. */
export function replaced(sample: Sample, name: (span: Span, value: string) => string | undefined): Sample {
  const sorted = [...sample.spans].sort((a, b) => a.start - b.start);
  const edits = sorted.map((span) => {
    const value = sample.text.slice(span.start, span.end);
    return { start: span.start, end: span.end, text: name(span, value) ?? value };
  });
  return edit(sample, edits);
}

/** One name in capitals or small letters amid ordinary text. */
function shouted(sample: Sample, random: Random): Sample {
  if (sample.spans.length === 0) return sample;
  const { start, end } = random.pick(sample.spans);
  const name = sample.text.slice(start, end);
  return edit(sample, [{ start, end, text: random.chance(0.6) ? name.toUpperCase() : name.toLowerCase() }]);
}

/** Other words where no name stands: small ones that the tagger never saw, and capital ones that begin a sentence. */
export function reworded(sample: Sample, words: readonly string[], random: Random): Sample {
  const free = [...sample.text.matchAll(/(?<![\p{L}\p{M}\d@#/.'’_-])\p{Ll}{4,}(?![\p{L}\p{M}\d@/'’_-])/gu)].filter(
    ({ index }) => !sample.spans.some(({ start, end }) => index < end + 2 && index + 2 > start),
  );
  const edits = free
    .filter(() => random.chance(0.25))
    .map(({ index, 0: word }) => ({ start: index, end: index + word.length, text: random.pick(words) }));
  const first = /^\p{Lu}?\p{Ll}+(?= \p{Ll})/u.exec(sample.text)?.[0];
  const opens =
    first !== undefined && random.chance(0.3) && !sample.spans.some(({ start }) => start <= first.length + 1);
  const kept = opens ? edits.filter(({ start }) => start > 0) : edits;
  return edit(sample, opens ? [{ start: 0, end: first.length, text: capitalised(random.pick(words)) }, ...kept] : kept);
}

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** Two messages in one. */
export function follow(first: Sample, second: Sample, gap: string): Sample {
  const shift = first.text.length + gap.length;
  const moved = second.spans.map((span) => ({ ...span, start: span.start + shift, end: span.end + shift }));
  return {
    text: first.text + gap + second.text,
    spans: [...first.spans, ...moved],
    synthetic: first.synthetic || second.synthetic,
  };
}

const ORNAMENTS = [' 😀', ' 😂😂', ' :)', ' ;-)', ' ❤️', '!!', '...', ' lol', ' haha', ' 👍', ' 🎉', ' xx', ' ?'];

/** What happens to a sentence on its way into a chat. */
export function chatty(sample: Sample, random: Random): Sample {
  let noisy = sample;
  if (random.chance(0.06)) noisy = typo(noisy, random);
  if (random.chance(0.04)) noisy = shouted(noisy, random);
  if (random.chance(0.15)) noisy = unpunctuated(noisy);
  const roll = random.next();
  if (roll < 0.22) noisy = lower(noisy);
  else if (roll < 0.25) noisy = upper(noisy);
  else if (roll < 0.28) noisy = title(noisy);
  else if (roll < 0.5) noisy = recased(noisy, (text) => text.charAt(0).toUpperCase() + text.slice(1));
  if (random.chance(0.08)) noisy = { ...noisy, text: noisy.text + random.pick(ORNAMENTS) };
  if (random.chance(0.2) && /\p{L}$/u.test(noisy.text))
    noisy = { ...noisy, text: `${noisy.text}${random.pick(['.', '.', '!', '?'])}` };
  if (random.chance(0.04))
    noisy = follow(
      { text: `@${random.pick(['bot', 'here', 'all', 'support', 'team_1', 'xx_user'])}`, spans: [], synthetic: true },
      noisy,
      ' ',
    );
  return noisy;
}
