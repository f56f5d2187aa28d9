import type { ChatSocket } from './chat-socket.js';
import type { FrameOptions } from './coalesced-writes.js';

/** What of Engine.IO's connection is looked at here; the WebSocket keeps the bytes that the kernel does not take yet. */
interface Transport {
  readonly writable: boolean;
  readonly socket?: { readonly bufferedAmount?: number };
  once(event: 'drain', listener: () => void): void;
  off(event: 'drain', listener: () => void): void;
}

const transportOf = ({ conn }: ChatSocket): Transport => conn.transport;

interface Waiting {
  readonly writeBuffer: { readonly data?: string; readonly options?: FrameOptions }[];
}

/** What waits for a client to read: packets that wait for its transport, and the bytes of these and of those in it. */
export function waitingFor(socket: ChatSocket): { packets: number; bytes: number } {
  const { writeBuffer } = socket.conn as unknown as Waiting;
  let bytes = transportOf(socket).socket?.bufferedAmount ?? 0;
  for (const { data, options } of writeBuffer) {
    for (const part of options?.wsPreEncodedFrame ?? [data ?? '']) bytes += part.length;
  }
  return { packets: writeBuffer.length, bytes };
}

/** Throws away what waits for the transport of a client. */
export function discardWaiting(socket: ChatSocket): void {
  (socket.conn as unknown as Waiting).writeBuffer.length = 0;
}

/** Resolves when nothing waits for the client any more, or the client is gone. */
export async function drained(socket: ChatSocket): Promise<void> {
  const { conn } = socket;
  const transport = transportOf(socket);
  while (conn.readyState !== 'closed' && (!transport.writable || waitingFor(socket).packets > 0)) {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        transport.off('drain', done);
        conn.off('close', done);
        resolve();
      };
      transport.once('drain', done);
      conn.once('close', done);
    });
  }
}

/**
 * Resolves when everything is here that the client had sent before it could know what we sent it last: it answers a ping
 * of the heartbeat in order.
 */
export async function heardOut({ conn }: ChatSocket): Promise<void> {
  if (conn.readyState !== 'open') return;
  await new Promise<void>((resolve) => {
    conn.once('heartbeat', resolve);
    conn.once('close', () => resolve());
    (conn as unknown as { sendPacket(type: 'ping'): void }).sendPacket('ping');
  });
}
