import { readFileSync } from 'node:fs';
import { Generator } from './generate.js';
import { Flag, type Lookup } from '../../src/pii/tagger/features.js';
import { hashWord } from '../../src/pii/tagger/tokens.js';
import { englishWords, otherWords } from './lists.js';
import { chatty, follow, joined, lower, replaced, reworded, upper } from './noise.js';
import { drawCity, drawName } from './people.js';
import type { Random } from './random.js';
import type { Sample } from './sample.js';

const TYPES = new Set(['PERSON', 'LOCATION', 'ORGANIZATION']);

/** Reads one of the labelled files; only the types that the tagger knows are kept. */
export function readSamples(file: string): Sample[] {
  const samples = JSON.parse(readFileSync(file, 'utf8')) as Omit<Sample, 'synthetic'>[];
  return samples.map(({ text, spans }) => ({
    text: text.replaceAll('\u00ad', '-'),
    spans: spans.filter(({ type }) => TYPES.has(type)),
    synthetic: false,
  }));
}

/** Sentences of each language that are made, and where those without a name stand. */
const LANGUAGES: readonly (readonly [language: string, count: number, plain: string])[] = [
  ['en', 20_000, 'en'],
  ['de', 4_500, 'de'],
  ['fr', 4_500, 'fr'],
  ['es', 4_000, 'es'],
  ['nl', 3_500, 'nl'],
  ['it', 3_500, 'it'],
  ['pt', 800, 'other'],
  ['pl', 600, 'other'],
  ['nordic', 600, 'other'],
  ['cyrillic', 700, 'other'],
  ['greek', 200, 'other'],
];

const sentences = (name: string): string[] =>
  readFileSync(`scripts/train-tagger/templates/${name}.txt`, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.replaceAll('\\n', '\n'));

interface Words {
  readonly english: readonly string[];
  readonly other: readonly string[];
}

/** A dictionary in which words that could be names are as many as the others. */
function withAmbiguous(words: readonly string[], lookup: Lookup): string[] {
  const ambiguous = words.filter((word) => (lookup(hashWord(word)) & ~Flag.Word) !== 0);
  const copies = Math.max(1, Math.floor(words.length / Math.max(1, ambiguous.length)));
  return [...words, ...Array.from({ length: copies }, () => ambiguous).flat()];
}

/** The same tweet about somebody else, somewhere else: the model shall learn what is said of names, not whose they are. */
function renamed(tweet: Sample, random: Random): Sample {
  return replaced(tweet, ({ type }, value) => {
    if (!/^[\p{L} .'-]+$/u.test(value) || random.chance(0.35)) return undefined;
    const { given, surname } = drawName(random, 'en');
    const parts = value.trim().split(' ').length;
    const name =
      type === 'LOCATION'
        ? drawCity(random, 'en')
        : type !== 'PERSON'
          ? undefined
          : parts > 1
            ? `${given} ${surname}`
            : random.chance(0.7)
              ? given
              : surname;
    if (value === value.toLowerCase()) return name?.toLowerCase();
    return value === value.toUpperCase() && value.length > 2 ? name?.toUpperCase() : name;
  });
}

/** Tweets as they are, half of them with the spacing that people use, and some in lower case. */
function social(tweets: readonly Sample[], { english }: Words, random: Random): Sample[] {
  return tweets.flatMap((tweet) => {
    const base = random.chance(0.5) ? joined(tweet) : tweet;
    const extra = random.chance(0.35) ? [lower(joined(tweet))] : random.chance(0.04) ? [upper(tweet)] : [];
    const again = random.chance(0.6) ? [reworded(random.chance(0.5) ? joined(tweet) : tweet, english, random)] : [];
    return [base, ...extra, ...again];
  });
}

function templates(plainTweets: readonly Sample[], { english, other }: Words, random: Random): Sample[] {
  const generator = new Generator(random);
  return LANGUAGES.flatMap(([language, count, plain]) => {
    const withNames = sentences(language);
    const withoutNames = sentences(`${plain}.plain`);
    const one = (): Sample => {
      const template = random.chance(0.3) ? random.pick(withoutNames) : random.pick(withNames);
      const filled = generator.fill(template, language);
      const words = language === 'en' ? english : language === 'fr' || language === 'es' ? other : undefined;
      return chatty(words !== undefined && random.chance(0.3) ? reworded(filled, words, random) : filled, random);
    };
    return Array.from({ length: count }, () => {
      let sample = one();
      while (random.chance(0.35)) sample = follow(sample, one(), random.pick([' ', ' ', '. ', '\n', ', ']));
      if (language === 'en' && random.chance(0.12)) sample = follow(sample, random.pick(plainTweets), ' ');
      return sample;
    });
  });
}

/** The whole training corpus, in a fixed order. */
export function trainingCorpus(tweets: readonly Sample[], random: Random, lookup: Lookup, copies: number): Sample[] {
  const words = { english: withAmbiguous(englishWords, lookup), other: withAmbiguous(otherWords, lookup) };
  const plain = tweets.filter(({ spans }) => spans.length === 0);
  const real = Array.from({ length: copies }, (_, copy) =>
    social(copy === 0 ? tweets : tweets.map((tweet) => renamed(tweet, random)), words, random),
  ).flat();
  return [...real, ...templates(plain, words, random)];
}
