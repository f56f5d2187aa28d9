/** PASETO's pre-authentication encoding, from its definition and independent of the service's. */
export function encodePieces(pieces: readonly string[]): Buffer {
  return Buffer.concat([
    le64(pieces.length),
    ...pieces.flatMap((piece) => [le64(Buffer.byteLength(piece)), Buffer.from(piece)]),
  ]);
}

function le64(number: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(number));
  return bytes;
}
