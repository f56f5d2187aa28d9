import { describe, expect, it } from '@jest/globals';
import { asciiJson, piiStrings } from './pii-strings.js';

describe('PII strings', () => {
  it('say nothing that was not said', () => expect(piiStrings({})).toEqual({}));

  it('are what the service reads', () => {
    expect(piiStrings({ piiMapping: { '<PERSON_1>': 'Zoë' }, autoPiiMapping: false, piiPositions: [] })).toEqual({
      piiMapping: '{"<PERSON_1>":"Zo\\u00eb"}',
      autoPiiMapping: 'false',
      piiPositions: '[]',
    });
    expect(piiStrings({ autoPiiMapping: ['EMAIL_ADDRESS', 'PERSON'] })).toEqual({
      autoPiiMapping: 'EMAIL_ADDRESS,PERSON',
    });
  });

  it.each(['Zoë', '👩🏽‍💻', '東京', '$&', '"\\\n', '\u007f\u2028'])('are ASCII and mean the same: %j', (text) => {
    expect(asciiJson({ text })).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(asciiJson({ text }))).toEqual({ text });
  });
});
