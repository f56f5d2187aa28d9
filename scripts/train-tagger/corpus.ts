import { readFileSync } from 'node:fs';
import { Generator } from './generate.js';
import { chatty, follow, joined, lower, upper } from './noise.js';
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

/** Tweets as they are, half of them with the spacing that people use, and some in lower case. */
function social(tweets: readonly Sample[], random: Random): Sample[] {
  return tweets.flatMap((tweet) => {
    const base = random.chance(0.5) ? joined(tweet) : tweet;
    const extra = random.chance(0.35) ? [lower(joined(tweet))] : random.chance(0.04) ? [upper(tweet)] : [];
    return [base, ...extra];
  });
}

function templates(plainTweets: readonly Sample[], random: Random): Sample[] {
  const generator = new Generator(random);
  return LANGUAGES.flatMap(([language, count, plain]) => {
    const withNames = sentences(language);
    const withoutNames = sentences(`${plain}.plain`);
    const one = (): Sample => {
      const template = random.chance(0.3) ? random.pick(withoutNames) : random.pick(withNames);
      return chatty(generator.fill(template, language), random);
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
export function trainingCorpus(tweets: readonly Sample[], random: Random): Sample[] {
  const plain = tweets.filter(({ spans }) => spans.length === 0);
  return [...social(tweets, random), ...templates(plain, random)];
}
