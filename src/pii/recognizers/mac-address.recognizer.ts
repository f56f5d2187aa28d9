import { rule } from './recognizer.js';

/** Hardware addresses (IEEE 802 EUI-48) in the notations with colons, dashes and dots; not those that name everybody or nobody. */
export const macAddressRecognizer = rule({
  type: 'MAC_ADDRESS',
  pattern:
    /\b(?:(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{2}-){5}[0-9A-Fa-f]{2}|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4})\b/g,
  score: 0.95,
  accepts: ({ value, text, start, end }) => {
    if (/[:.-]/.test(text.charAt(start - 1)) && /[0-9A-Fa-f]/.test(text.charAt(start - 2))) return false;
    if (/[:-]/.test(text.charAt(end)) && /[0-9A-Fa-f]/.test(text.charAt(end + 1))) return false;
    return !/^(?:[0:.-]+|[Ff:.-]+)$/.test(value);
  },
});
