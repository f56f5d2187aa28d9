import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { createLogger } from '../logging/logger.js';
import { MaskingDraft } from './masking-draft.js';

const SECRET = 'canary-7f3a@example.org';

describe('MaskingDraft', () => {
  const finding = { type: 'EMAIL_ADDRESS', value: SECRET, surface: SECRET };
  const draft = new MaskingDraft(['mail to ', finding, ` or ${SECRET}`], new Set(['<PERSON_1>']));

  it('hands out its parts to those who ask by name', () => {
    expect(draft.findings()).toEqual([finding]);
    expect(draft.segments()).toHaveLength(3);
    expect(draft.original()).toBe(`mail to ${SECRET} or ${SECRET}`);
  });

  it.each<[string, () => string]>([
    ['JSON', () => JSON.stringify({ draft, list: [draft] })],
    // What template strings, concatenation and keys of objects do with a value.
    ['a text', () => String(draft)],
    ['an inspection', () => inspect({ draft }, { depth: 9, showHidden: true, getters: true })],
    ['an inspection without custom views', () => inspect(draft, { customInspect: false, showHidden: true, depth: 9 })],
    ['an error and its cause', () => inspect(new Error('failed', { cause: draft }), { depth: 9 })],
    [
      'members',
      () =>
        [
          ...Object.keys(draft),
          ...Object.entries(draft)
            .flat()
            .map((value) => inspect(value)),
        ].join(),
    ],
    ['a copy', () => inspect(structuredClone(Object.assign({}, draft)), { depth: 9, customInspect: false })],
    ['a URL', () => new URLSearchParams({ draft: String(draft) }).toString()],
  ])('does not show itself in %s', (_, shown) => {
    expect(shown()).not.toContain('canary');
    expect(shown()).not.toContain('mail to');
  });

  it('does not show itself in a log', () => {
    const lines: string[] = [];
    const logger = createLogger({ logLevel: 'trace' }, { write: (line) => void lines.push(line) });
    logger.error(draft);
    logger.error('failed', { draft, error: new Error(String(draft), { cause: draft }) });
    expect(lines).toHaveLength(2);
    expect(lines.join()).not.toContain('canary');
  });
});
