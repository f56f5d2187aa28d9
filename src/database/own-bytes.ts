/**
 * Bytes that are to be kept, in memory of their own. Small Buffers of pg and of Node are parts of common pieces of 8 KB, each
 * of which stays for as long as any part of it: a kept hash of 32 bytes held 4 to 8 KB.
 */
export function ownBytes(bytes: Buffer): Buffer {
  const own = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(own);
  return own;
}
