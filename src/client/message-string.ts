/** What a message string is made over; docs/protocol.md. */
export interface MessagePieces {
  readonly sessionId: string;
  /** From 1, growing within a session. */
  readonly counter: number;
  /** `message:send`, `message:edit` or `message:delete`. */
  readonly event: string;
  readonly chatId: string;
  readonly clientMessageId?: string | undefined;
  readonly message?: string | undefined;
  readonly piiMapping?: string | undefined;
  readonly autoPiiMapping?: string | undefined;
  readonly piiPositions?: string | undefined;
  /** `replyTo` of a send, `messageId` of an edit or a deletion. */
  readonly reference?: string | undefined;
  /** Ids of the members that are mentioned, with commas between; only where the payload has `mentions`. */
  readonly mentions?: string | undefined;
}

const LENGTH_BYTES = 8;
const ALGORITHM = { name: 'HMAC', hash: 'SHA-256' };
const encoder = new TextEncoder();

/** The message key of a connection string, ready for use; WebCrypto, hence in browsers only on https and localhost. */
export function importMessageKey(messageKey: string): Promise<CryptoKey> {
  const bytes = Uint8Array.from(atob(messageKey.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  return crypto.subtle.importKey('raw', bytes, ALGORITHM, false, ['sign']);
}

/**
 * The secret that proves a message was made for this session: `ms1_` and the HMAC-SHA-256 over the encoded pieces.
 *
 * @param messageKey as it came with the connection string, or imported by {@link importMessageKey}
 */
export async function getMessageString(messageKey: string | CryptoKey, pieces: MessagePieces): Promise<string> {
  const key = typeof messageKey === 'string' ? await importMessageKey(messageKey) : messageKey;
  const mac = await crypto.subtle.sign(
    ALGORITHM,
    key,
    encode([
      'cloakroom/message/v1',
      pieces.sessionId,
      String(pieces.counter),
      pieces.event,
      pieces.chatId,
      pieces.clientMessageId ?? '',
      pieces.message ?? '',
      pieces.piiMapping ?? '',
      pieces.autoPiiMapping ?? '',
      pieces.piiPositions ?? '',
      pieces.reference ?? '',
      ...(pieces.mentions === undefined ? [] : [pieces.mentions]),
    ]),
  );
  const base64 = btoa(String.fromCharCode(...new Uint8Array(mac)));
  return `ms1_${base64.replaceAll('+', '-').replaceAll('/', '_').replace('=', '')}`;
}

/** PASETO's pre-authentication encoding: count, then length and bytes of each piece; numbers little-endian 64 bit. */
function encode(pieces: readonly string[]): Uint8Array<ArrayBuffer> {
  const encoded = pieces.map((piece) => encoder.encode(piece));
  const size = encoded.reduce((sum, { length }) => sum + LENGTH_BYTES + length, LENGTH_BYTES);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(pieces.length), true);
  let at = LENGTH_BYTES;
  for (const piece of encoded) {
    view.setBigUint64(at, BigInt(piece.length), true);
    bytes.set(piece, at + LENGTH_BYTES);
    at += LENGTH_BYTES + piece.length;
  }
  return bytes;
}
