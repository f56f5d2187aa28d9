import type { Socket as TcpSocket } from 'node:net';

/** What of an Engine.IO connection is used here; `flush` is where it hands waiting packets to its transport. */
export interface EngineConnection {
  flush(): void;
  readonly transport: { readonly name: string; readonly socket?: { readonly _socket?: TcpSocket } };
}

/**
 * Lets all packets of one turn of the event loop leave a connection in one system call. A commit that holds many messages
 * of a chat broadcasts them together, and an ack goes along with the broadcast of its message: each system call costs more
 * than encoding what it carries.
 */
export function coalesceWrites(connection: EngineConnection): void {
  const flush = connection.flush.bind(connection);
  let due = false;
  connection.flush = () => {
    if (due) return;
    due = true;
    process.nextTick(() => {
      due = false;
      const tcp = connection.transport.name === 'websocket' ? connection.transport.socket?._socket : undefined;
      tcp?.cork();
      flush();
      tcp?.uncork();
    });
  };
}
