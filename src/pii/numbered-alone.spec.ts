import { describe, expect, it } from '@jest/globals';
import { analyze } from './analyzer.js';
import { draftMessage } from './draft-message.js';
import { numberedAlone } from './numbered-alone.js';
import { rehydrate } from './rehydrate.js';

describe('numberedAlone', () => {
  it.each([
    ['in the order of the text', 'b@x.org a@x.org', '<EMAIL_ADDRESS_1> <EMAIL_ADDRESS_2>'],
    ['by first occurrence', 'a@x.org b@x.org a@x.org', '<EMAIL_ADDRESS_1> <EMAIL_ADDRESS_2> <EMAIL_ADDRESS_1>'],
    ['equal in another case', 'a@x.org A@X.ORG', '<EMAIL_ADDRESS_1> <EMAIL_ADDRESS_1>'],
    ['past what was typed', '<EMAIL_ADDRESS_1> a@x.org', '<EMAIL_ADDRESS_1> <EMAIL_ADDRESS_2>'],
  ])('numbers values %s', (_, text, expected) => {
    const placed = numberedAlone(draftMessage(text, {}, analyze(text, { types: new Set(['EMAIL_ADDRESS']) })));
    expect(placed.text).toBe(expected);
    expect(rehydrate(placed, placed.mapping)).toBe(text.replace('A@X.ORG', 'a@x.org'));
  });
});
