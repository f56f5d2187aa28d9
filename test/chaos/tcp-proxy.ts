import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * A bad line between clients and one node. Its own address stays while the node behind it dies and comes back elsewhere;
 * what passes can be held up, and every connection can be cut in the middle of a frame.
 */
export class TcpProxy {
  /** How long each piece is held up, in milliseconds; pieces stay in order. */
  delayMs = 0;
  /** Port of the node; undefined while there is none. */
  target: number | undefined;
  private readonly open = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connection', (client: Socket) => this.join(client));
  }

  static async listen(): Promise<TcpProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new TcpProxy(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Cuts everything that is open; returns how many connections. */
  drop(): number {
    const count = this.open.size / 2;
    for (const socket of this.open) socket.destroy();
    return count;
  }

  async close(): Promise<void> {
    this.drop();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket): void {
    if (this.target === undefined) {
      client.destroy();
      return;
    }
    const node = connect(this.target, '127.0.0.1');
    this.pass(client, node);
    this.pass(node, client);
  }

  private pass(from: Socket, to: Socket): void {
    this.open.add(from);
    from.setNoDelay(true);
    const held: Buffer[] = [];
    let due = 0;
    from.on('data', (piece: Buffer) => {
      // Timers may be late: what comes after a piece that still waits has to wait behind it.
      if (this.delayMs === 0 && held.length === 0) {
        to.write(piece);
        return;
      }
      held.push(piece);
      due = Math.max(due, performance.now() + this.delayMs);
      setTimeout(() => to.writable && to.write(held.shift() ?? ''), due - performance.now());
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      this.open.delete(from);
      to.destroy();
    });
  }
}
