import { createSecret, parseSecret, type SecretParts } from '../config/checked-secret.js';

export type ApiKeyMode = 'live' | 'test';

/** The parts of a key whose form and check digits are right. Whether anybody owns it is for the database to say. */
export interface ApiKeyParts extends SecretParts {
  readonly mode: ApiKeyMode;
}

/** Makes a new API key: `ckr_<mode>_<11 base62>_<43 base62><6 base62 CRC-32>`. */
export function createApiKey(mode: ApiKeyMode): { readonly key: string; readonly lookupId: string } {
  const { text, lookupId } = createSecret(prefixOf(mode));
  return { key: text, lookupId };
}

/** Takes a key apart, or answers undefined when its form or its check digits are wrong. No I/O. */
export function parseApiKey(text: string): ApiKeyParts | undefined {
  const mode = text.startsWith(prefixOf('test')) ? 'test' : 'live';
  const parts = parseSecret(text, prefixOf(mode));
  return parts && { mode, ...parts };
}

const prefixOf = (mode: ApiKeyMode): string => `ckr_${mode}_`;
