import type { Socket as TcpSocket } from 'node:net';
import { textFrames } from './text-frames.js';

/** A packet that waits in an Engine.IO connection. */
interface WaitingPacket {
  readonly type: string;
  readonly data?: unknown;
  readonly options?: FrameOptions | undefined;
}

/** Options of a packet that hold what goes out in its place: Engine.IO hands it to a WebSocket without looking at it. */
export interface FrameOptions {
  /** One buffer, or head and payload of one frame, as Socket.IO's own broadcasts have it. */
  readonly wsPreEncodedFrame?: readonly Buffer[];
}

/** What of an Engine.IO connection is used here; `flush` is where it hands waiting packets to its transport. */
export interface EngineConnection {
  flush(): void;
  writeBuffer: WaitingPacket[];
  /** Whether it is written to in this turn. Here, since a set of those would be filled and emptied in every turn. */
  isDue?: boolean;
  readonly transport: {
    readonly name: string;
    readonly writable: boolean;
    readonly socket?: { readonly _socket?: TcpSocket };
  };
}

/** Type of an Engine.IO packet that carries one of Socket.IO. */
export const MESSAGE = '4';
/** Below this, copying into one piece costs less than writing several. */
const WORTH_COPYING_BYTES = 4_000;

/**
 * Lets all packets of one turn of the event loop leave a connection in one system call. A commit that holds many messages
 * of a chat broadcasts them together, and an ack goes along with the broadcast of its message: each system call costs more
 * than encoding what it carries.
 */
export function coalesceWrites(connection: EngineConnection): void {
  connection.flush = flushSoon;
}

/** One function for all connections: closures of each of them took memory for as long as it lasts. */
function flushSoon(this: EngineConnection): void {
  if (this.isDue) return;
  this.isDue = true;
  process.nextTick(flushNow, this);
}

function flushNow(connection: EngineConnection): void {
  connection.isDue = false;
  const { transport } = connection;
  if (transport.name !== 'websocket' || !transport.writable) return flush(connection);
  connection.writeBuffer = inOnePiece(connection.writeBuffer);
  if (connection.writeBuffer.length < 2) return flush(connection);
  const tcp = transport.socket?._socket;
  tcp?.cork();
  flush(connection);
  return tcp?.uncork();
}

/** As Engine.IO does it. */
function flush(connection: EngineConnection): void {
  (Object.getPrototypeOf(connection) as EngineConnection).flush.call(connection);
}

/** Small text packets as one that holds the frames of all. */
function inOnePiece(packets: WaitingPacket[]): WaitingPacket[] {
  const parts: (string | Buffer)[] = [];
  let bytes = 0;
  for (const { type, data, options } of packets) {
    const frame = options?.wsPreEncodedFrame;
    if (!frame && (type !== 'message' || typeof data !== 'string')) return packets;
    for (const part of frame ?? [`${MESSAGE}${data as string}`]) {
      bytes += part.length;
      parts.push(part);
    }
    if (bytes > WORTH_COPYING_BYTES) return packets;
  }
  return parts.length === 0
    ? packets
    : [{ type: 'message', data: '', options: { wsPreEncodedFrame: [textFrames(parts)] } }];
}
