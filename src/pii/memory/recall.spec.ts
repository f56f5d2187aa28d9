import { describe, expect, it } from '@jest/globals';
import { analyze } from '../analyzer.js';
import { draftMessage } from '../draft-message.js';
import { instructionsFromBody, type PiiInstructions } from '../instructions.js';
import type { Finding, MaskingDraft } from '../masking-draft.js';
import { typesToDetect } from '../types-to-detect.js';
import { KnownNames } from './known-names.js';
import { recall } from './recall.js';

const POLICY = { mode: 'auto', types: 'all' } as const;
const KNOWN = new KnownNames([
  { type: 'PERSON', value: 'Ada Lovelace', placeholder: '<PERSON_1>' },
  { type: 'PERSON', value: 'Bob Byron', placeholder: '<PERSON_2>' },
  { type: 'PERSON', value: 'Carla Byron', placeholder: '<PERSON_3>' },
]);

const show = ({ surface, value, type, placeholder, proposed }: Finding): string =>
  `[${surface}=${placeholder ?? proposed ?? `${type}:${value}`}]`;

type Policy = Parameters<typeof typesToDetect>[1];

function drafted(text: string, instructions: PiiInstructions = {}, policy: Policy = POLICY): MaskingDraft {
  const types = typesToDetect(instructions.auto, policy);
  const found = types === 'none' ? [] : analyze(text, types === 'all' ? {} : { types });
  return draftMessage(text, instructions, found, types);
}

function recalled(text: string, pii: object = {}, known = KNOWN, policy: Policy = POLICY) {
  const draft = recall(drafted(text, instructionsFromBody(pii), policy), known);
  expect(draft.original()).toBe(text);
  return draft
    .segments()
    .map((segment) => (typeof segment === 'string' ? segment : show(segment)))
    .join('');
}

describe('names recalled in a draft', () => {
  it.each<[string, string, object, string]>([
    ['what nobody found', 'the parcel of lovelace is late', {}, 'the parcel of [lovelace=<PERSON_1>] is late'],
    ['what was found in part', 'ADA LOVELACE', {}, '[ADA LOVELACE=<PERSON_1>]'],
    ['a short form that fits two', 'ask byron', {}, 'ask [byron=PERSON:byron]'],
    ['nothing of an address', 'mail ada@example.org', {}, 'mail [ada@example.org=EMAIL_ADDRESS:ada@example.org]'],
    ['nothing of a typed placeholder', 'what is <ADA_1>?', {}, 'what is <ADA_1>?'],
    ['nothing when detection is off', 'ask ada', { auto: false }, 'ask ada'],
    ['nothing when other types are asked for', 'ask ada', { auto: ['EMAIL_ADDRESS'] }, 'ask ada'],
    ['persons when they are asked for', 'ask ada', { auto: ['PERSON'] }, 'ask [ada=<PERSON_1>]'],
    ['what a position marks', 'ask ada', { positions: [{ start: 4, end: 7, type: 'PERSON' }] }, 'ask [ada=<PERSON_1>]'],
    [
      'no position of another extent',
      'x ada',
      { positions: [{ start: 0, end: 5, type: 'PERSON' }] },
      '[x ada=PERSON:x ada]',
    ],
    [
      'no position of another kind',
      'ask ada',
      { positions: [{ start: 4, end: 7, type: 'CASE' }] },
      'ask [ada=CASE:ada]',
    ],
    ['no value of a mapping', 'ask Ada', { mapping: { '<PERSON_7>': 'Ada' } }, 'ask [Ada=<PERSON_7>]'],
    [
      'what a mapping names in full',
      'dora, Dora Turing',
      { mapping: { '<PERSON_7>': 'Dora Turing' } },
      '[dora=<PERSON_7>], [Dora Turing=<PERSON_7>]',
    ],
  ])('%s', (_, text, pii, expected) => {
    expect(recalled(text, pii)).toBe(expected);
  });

  it('gives one text one name for a person, and leaves a lone first name of two to itself', () => {
    const none = new KnownNames();
    expect(recalled('Please call Dora Turing. dora is in.', {}, none)).toBe(
      'Please call [Dora Turing=PERSON:Dora Turing]. [dora=PERSON:Dora Turing] is in.',
    );
    expect(recalled('My name is Ada Turing. ada is in.')).toContain('[ada=PERSON:ada] is in.');
  });

  it('keeps a longer name for somebody else', () => {
    expect(recalled('My name is Ada Turing.')).toBe('My name is [Ada Turing=PERSON:Ada Turing].');
  });

  it('is off where the policy is', () => {
    expect(recalled('ask ada', {}, KNOWN, { mode: 'off', types: 'all' })).toBe('ask ada');
    expect(recalled('ask ada', {}, KNOWN, { mode: 'auto', types: ['CREDIT_CARD'] })).toBe('ask ada');
  });

  it('gives back the very draft where nothing is known', () => {
    const draft = drafted('nothing here');
    expect(recall(draft, KNOWN)).toBe(draft);
    expect(recall(draft, new KnownNames())).toBe(draft);
  });

  it('bounds what a text of short names may become', () => {
    const known = new KnownNames([{ type: 'PERSON', value: 'Qi', placeholder: '<PERSON_1>' }]);
    const draft = drafted('Qi '.repeat(60_000), {}, { mode: 'auto', types: ['PERSON'] });
    expect(() => recall(draft, known)).toThrow(expect.objectContaining({ code: 'payload_too_large' }));
  });

  it('takes a text of names and findings without end in stride', () => {
    const text = 'ada a@example.org '.repeat(3_500);
    const found = recall(drafted(text), KNOWN).findings();
    expect(found).toHaveLength(7_000);
  });
});
