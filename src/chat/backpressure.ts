import type { ChatSocket } from './chat-socket.js';

/** What of Engine.IO's connection is looked at here; the WebSocket keeps the bytes that the kernel does not take yet. */
interface Transport {
  readonly writable: boolean;
  readonly socket?: { readonly bufferedAmount?: number };
  once(event: 'drain', listener: () => void): void;
  off(event: 'drain', listener: () => void): void;
}

const transportOf = ({ conn }: ChatSocket): Transport => conn.transport;

/** What waits for a client to read: packets that wait for its transport, and bytes that wait in it. */
export function waitingFor(socket: ChatSocket): { packets: number; bytes: number } {
  const { writeBuffer } = socket.conn as unknown as { writeBuffer: readonly unknown[] };
  return { packets: writeBuffer.length, bytes: transportOf(socket).socket?.bufferedAmount ?? 0 };
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
