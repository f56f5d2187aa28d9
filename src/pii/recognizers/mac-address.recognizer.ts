import { rule, type Candidate, type Rule } from './recognizer.js';
import { Sign } from './scan.js';

const MAC: Pick<Rule, 'type' | 'score' | 'accepts'> = { type: 'MAC_ADDRESS', score: 0.95, accepts: standsAlone };

/** Hardware addresses (IEEE 802 EUI-48) with colons; not those that name everybody or nobody. */
export const colonMacRecognizer = rule({
  ...MAC,
  pattern: /\b(?:[0-9A-F]{2}:){5}[0-9A-F]{2}\b/gi,
  signs: Sign.colon,
});

/** The same with dashes. */
export const dashMacRecognizer = rule({
  ...MAC,
  pattern: /\b(?:[0-9A-F]{2}-){5}[0-9A-F]{2}\b/gi,
  signs: Sign.dash,
});

/** The same with dots, as Cisco writes them. */
export const dotMacRecognizer = rule({
  ...MAC,
  pattern: /\b[0-9A-F]{4}\.[0-9A-F]{4}\.[0-9A-F]{4}\b/gi,
  signs: Sign.dot,
});

function standsAlone({ value, text, start, end }: Candidate): boolean {
  if (/[:.-]/.test(text.charAt(start - 1)) && /[0-9A-F]/i.test(text.charAt(start - 2))) return false;
  if (/[:-]/.test(text.charAt(end)) && /[0-9A-F]/i.test(text.charAt(end + 1))) return false;
  return !/^(?:[0:.-]+|[F:.-]+)$/i.test(value);
}
