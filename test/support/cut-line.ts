import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A line to the service that can be cut, as cables and proxies do it: what is under way is lost. */
export interface CutLine {
  readonly url: string;
  /** Connections so far. */
  readonly connections: () => number;
  /** Cuts all connections now. */
  cut(): void;
  /**
   * Cuts at the next bytes that the service sends: what the client sent has arrived then, and the answer to it never does.
   */
  cutAtAnswer(): void;
  /** Refuses new connections until `open`. */
  shut(): void;
  open(): void;
  close(): Promise<void>;
}

export async function openCutLine(url: string): Promise<CutLine> {
  const target = new URL(url);
  const pairs = new Set<readonly [Socket, Socket]>();
  let connections = 0;
  let cutting = false;
  let isShut = false;
  const server = createServer((client) => {
    if (isShut) {
      client.destroy();
      return;
    }
    connections += 1;
    const service = connect(Number(target.port), target.hostname);
    const pair = [client, service] as const;
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      client.destroy();
      service.destroy();
    };
    client.on('error', end).on('close', end);
    service.on('error', end).on('close', end);
    client.on('data', (bytes) => void service.write(bytes));
    service.on('data', (bytes) => {
      // Answers over HTTP pass: the connection string is not what is tried here.
      if (cutting && !bytes.subarray(0, 5).equals(Buffer.from('HTTP/'))) {
        cutting = false;
        end();
      } else client.write(bytes);
    });
  });
  const cut = (): void => {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
    pairs.clear();
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    cut,
    cutAtAnswer: () => (cutting = true),
    shut: () => {
      isShut = true;
      cut();
    },
    open: () => (isShut = false),
    close: () => {
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
