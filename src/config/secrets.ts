/** Examples that stand in documents; whoever copies one shares the secret with the whole world. */
const PUBLISHED = new Set(['AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8']);

/**
 * Bytes of a secret in hexadecimal or in canonical base64url without padding; undefined for anything else. `Buffer.from`
 * alone skips characters that it does not know, so that a typing error would silently weaken the secret.
 */
export function decodeSecret(raw: string): Buffer | undefined {
  if (/^(?:[0-9a-f]{2})+$/i.test(raw) && raw.length >= 64) return Buffer.from(raw, 'hex');
  const bytes = Buffer.from(raw, 'base64url');
  return bytes.length > 0 && bytes.toString('base64url') === raw ? bytes : undefined;
}

/**
 * True for secrets that nobody drew at random: too few different bytes (32 random bytes have fewer than 12 different ones
 * with a probability below 1e-20), an ascending or descending row, printable words, or an example of the documents.
 */
export function isWeakSecret(bytes: Buffer): boolean {
  const steps = new Set(Array.from(bytes.subarray(1), (byte, index) => (byte - (bytes[index] ?? 0) + 256) % 256));
  return (
    new Set(bytes).size < 12 ||
    steps.size < 4 ||
    bytes.every((byte) => byte >= 0x20 && byte < 0x7f) ||
    PUBLISHED.has(bytes.toString('base64url'))
  );
}
