import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { configurationDocument } from './configuration-document.js';

it('is what docs/configuration.md says', () => {
  expect(readFileSync('docs/configuration.md', 'utf8')).toBe(configurationDocument());
});
