/** Writes bytes as base64url without padding (RFC 4648, section 5; RFC 7515, section 2). */
export function encodeBase64Url(bytes: Buffer): string {
  return bytes.toString('base64url');
}

/**
 * Reads base64url, strictly: no padding, no white space, no character of another alphabet, and the unused trailing bits
 * are zero (RFC 4648, sections 3.2 to 3.5). Any byte string thus has exactly one accepted spelling, so that a token
 * cannot be respelled past a record of used tokens.
 *
 * Node's own decoder skips junk without a word; writing the result again and comparing finds every such case.
 *
 * @returns the bytes, or undefined when `text` is not the canonical spelling of any
 */
export function decodeBase64Url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}
