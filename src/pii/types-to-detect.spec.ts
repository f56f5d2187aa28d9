import { describe, expect, it } from '@jest/globals';
import { typesToDetect } from './types-to-detect.js';

const CARDS = { types: ['CREDIT_CARD'] } as const;
const EMAIL: ReadonlySet<string> = new Set(['EMAIL_ADDRESS']);

describe('types to detect', () => {
  it.each([
    ['auto', undefined, new Set(['CREDIT_CARD'])],
    ['auto', true, new Set(['CREDIT_CARD'])],
    ['auto', false, 'none'],
    ['auto', EMAIL, EMAIL],
    ['off', undefined, 'none'],
    ['off', true, new Set(['CREDIT_CARD'])],
    ['off', EMAIL, EMAIL],
    ['required', undefined, new Set(['CREDIT_CARD'])],
    ['required', true, new Set(['CREDIT_CARD'])],
    ['required', EMAIL, new Set(['CREDIT_CARD', 'EMAIL_ADDRESS'])],
  ] as const)('under the policy %s, told %s', (mode, auto, expected) => {
    expect(typesToDetect(auto, { mode, ...CARDS })).toEqual(expected);
  });

  it('are all of them where the policy says so, and a required one takes no refusal', () => {
    expect(typesToDetect(undefined, { mode: 'auto', types: 'all' })).toBe('all');
    expect(typesToDetect(EMAIL, { mode: 'required', types: 'all' })).toBe('all');
    expect(() => typesToDetect(false, { mode: 'required', types: 'all' })).toThrow(
      expect.objectContaining({ code: 'masking_required' }),
    );
  });
});
