const TEXT_FRAME = 0x81;

/**
 * WebSocket text frames (RFC 6455, unmasked, as a server sends them) of texts, one after the other. Parts that are frames
 * already are taken over.
 */
export function textFrames(parts: readonly (string | Buffer)[]): Buffer {
  let total = 0;
  const lengths = parts.map((part) => {
    const length = typeof part === 'string' ? Buffer.byteLength(part) : part.length;
    total += typeof part === 'string' ? headLength(length) + length : length;
    return length;
  });
  const bytes = Buffer.allocUnsafe(total);
  let at = 0;
  for (const [index, part] of parts.entries()) {
    if (typeof part === 'string') at = writeHead(bytes, at, lengths[index] ?? 0);
    at += typeof part === 'string' ? bytes.write(part, at) : part.copy(bytes, at);
  }
  return bytes;
}

function headLength(length: number): number {
  if (length < 126) return 2;
  return length < 65_536 ? 4 : 10;
}

/** @returns where the payload begins */
function writeHead(bytes: Buffer, at: number, length: number): number {
  bytes[at] = TEXT_FRAME;
  if (length < 126) {
    bytes[at + 1] = length;
  } else if (length < 65_536) {
    bytes[at + 1] = 126;
    bytes.writeUInt16BE(length, at + 2);
  } else {
    bytes[at + 1] = 127;
    bytes.writeUInt32BE(0, at + 2);
    bytes.writeUInt32BE(length, at + 6);
  }
  return at + headLength(length);
}
