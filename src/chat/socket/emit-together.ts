import type { ChatSocket } from './chat-socket.js';
import { type FrameOptions, MESSAGE } from './coalesced-writes.js';
import { encodeEvent } from './packet-encoder.js';
import { textFrames } from './text-frames.js';
import { NAMESPACE } from '../wire.js';

type NamedEvent = readonly [name: string, payload: unknown];

/** What of an Engine.IO connection is used here. */
interface EngineConnection {
  readonly transport: { readonly name: string };
  write(data: string, options: FrameOptions): void;
}

/**
 * Sends the same events to many sockets: encoded once, and written to each WebSocket in one piece, since packets and
 * system calls for each event and socket cost more than everything before. They queue with whatever else is sent there.
 */
export function emitTogether(sockets: Iterable<ChatSocket>, events: readonly NamedEvent[]): void {
  let options: FrameOptions | undefined;
  for (const socket of sockets) {
    const connection = socket.conn as unknown as EngineConnection;
    if (connection.transport.name === 'websocket') {
      options ??= { wsPreEncodedFrame: [textFrames(events.map(encoded))] };
      connection.write('', options);
      continue;
    }
    for (const [name, payload] of events) (socket.emit as (name: string, payload: unknown) => void)(name, payload);
  }
}

const encoded = ([name, payload]: NamedEvent): string => MESSAGE + encodeEvent(NAMESPACE, name, payload);
