import { describe, expect, it } from '@jest/globals';
import { assemble, type PlacedText } from './masker.js';
import { type Finding, MaskingDraft } from './masking-draft.js';
import { answerToSender } from './sender-answer.js';

function place(...parts: (string | [placeholder: string, value: string])[]): {
  draft: MaskingDraft;
  placed: PlacedText;
} {
  const names = new Map<Finding, string>();
  const segments = parts.map((part) => {
    if (typeof part === 'string') return part;
    const [placeholder, value] = part;
    const finding: Finding = { type: 'PERSON', value, surface: value };
    names.set(finding, placeholder);
    return finding;
  });
  const draft = new MaskingDraft(segments, new Set());
  return { draft, placed: assemble(draft, names, new Map()) };
}

describe('answerToSender', () => {
  const { draft, placed } = place('Hi ', ['<PERSON_1>', 'Ada'], ' and ', ['<PERSON_2>', 'Bo']);

  it('gives the message as meant, and what stands for what', () => {
    const view = { text: placed.text, positions: placed.positions, seq: 4 };
    expect(answerToSender(view, placed, draft)).toEqual({
      ...view,
      message: 'Hi Ada and Bo',
      piiMapping: { '<PERSON_1>': 'Ada', '<PERSON_2>': 'Bo' },
    });
  });

  it('puts into an earlier message only what this call brought', () => {
    const earlier = place('Call ', ['<PERSON_1>', 'x'], ' or ', ['<PERSON_9>', 'y']).placed;
    const view = { text: earlier.text, positions: earlier.positions };
    expect(answerToSender(view, placed, draft)).toMatchObject({
      message: 'Call Ada or <PERSON_9>',
      piiMapping: { '<PERSON_1>': 'Ada' },
    });
  });

  it('leaves what was typed in an earlier message, although its characters are those of this one', () => {
    const view = { text: placed.text, positions: placed.positions.slice(1) };
    expect(answerToSender(view, placed, draft)).toMatchObject({
      message: 'Hi <PERSON_1> and Bo',
      piiMapping: { '<PERSON_2>': 'Bo' },
    });
  });

  it('does not fill in what an earlier message had redacted', () => {
    const redacted = assemble(draft, new Map(), new Map(draft.findings().map((finding) => [finding, '[PERSON]'])));
    expect(answerToSender({ text: redacted.text, positions: [] }, redacted, draft)).toMatchObject({
      message: 'Hi Ada and Bo',
      piiMapping: {},
    });
  });
});
