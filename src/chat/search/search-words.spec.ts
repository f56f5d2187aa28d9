import { describe, expect, it } from '@jest/globals';
import { searchWords } from './search-words.js';

describe('searchWords', () => {
  it.each([
    ['late parcel', 'late parcel'],
    ['<PERSON_1>', '"<PERSON_1>"'],
    ['-<PERSON_1> late', '-"<PERSON_1>" late'],
    ['<EMAIL_ADDRESS_12> or <PERSON_1>', '"<EMAIL_ADDRESS_12>" or "<PERSON_1>"'],
    ['"mail <PERSON_1>" late <PERSON_2>', '"mail <PERSON_1>" late "<PERSON_2>"'],
    ['<person_1> <PERSON_0> <PERSON>', '<person_1> <PERSON_0> <PERSON>'],
  ])('makes of %s: %s', (query, words) => {
    expect(searchWords(query)).toBe(words);
  });
});
