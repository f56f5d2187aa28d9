import type { ChatSocket } from './chat-socket.js';
import { encodeEvent } from './packet-encoder.js';
import { NAMESPACE } from './wire.js';

/** What of an Engine.IO connection is used here. */
interface EngineConnection {
  readonly transport: { readonly name: string };
  write(data: string, options: FrameOptions): void;
}

/** Options of a packet that hold what goes out in its place. */
export interface FrameOptions {
  /** Engine.IO hands these bytes to the socket of a WebSocket without looking at them. */
  readonly wsPreEncodedFrame: readonly [Buffer];
}

/** Type of an Engine.IO packet that carries one of Socket.IO. */
const MESSAGE = '4';
const TEXT_FRAME = 0x81;

/**
 * Sends the same events to many sockets: encoded once, and written to each WebSocket in one piece, since packets and
 * system calls for each event and socket cost more than everything before. They queue with whatever else is sent there.
 */
export function emitTogether(sockets: Iterable<ChatSocket>, events: readonly (readonly [string, unknown])[]): void {
  let options: FrameOptions | undefined;
  for (const socket of sockets) {
    const connection = socket.conn as unknown as EngineConnection;
    if (connection.transport.name !== 'websocket') {
      for (const [name, payload] of events) (socket.emit as (name: string, payload: unknown) => void)(name, payload);
      continue;
    }
    options ??= { wsPreEncodedFrame: [framesOf(events)] };
    connection.write('', options);
  }
}

/** One WebSocket text frame (RFC 6455) for each event, one after the other. */
function framesOf(events: readonly (readonly [string, unknown])[]): Buffer {
  const packets = events.map(([name, payload]) => MESSAGE + encodeEvent(NAMESPACE, name, payload));
  const lengths = packets.map((packet) => Buffer.byteLength(packet));
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + headLength(length) + length, 0));
  let at = 0;
  for (const [index, packet] of packets.entries()) {
    at = writeHead(bytes, at, lengths[index] ?? 0);
    at += bytes.write(packet, at);
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
