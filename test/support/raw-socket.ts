import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;

/**
 * Engine.IO 4 over a WebSocket (RFC 6455) spoken by hand: for what no decent client would do, such as several CONNECT
 * packets at once, or a connection that is kept open and never read.
 */
export class RawSocket {
  /** Engine.IO packets that came, pings apart. */
  readonly packets: string[] = [];
  /** Resolves when the connection is gone, with the close code if one came. */
  readonly closed: Promise<number | undefined>;
  private closeCode: number | undefined;
  private rest = Buffer.alloc(0);
  private readonly waiting = new Set<() => void>();

  private constructor(private readonly socket: Socket) {
    this.closed = new Promise((resolve) => socket.once('close', () => resolve(this.closeCode)));
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => this.read(chunk));
  }

  /** Resolves once upgraded; rejects with the status of a refused upgrade. */
  static async open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<RawSocket> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const lines = Object.entries({
      Host: `${hostname}:${port}`,
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
      ...headers,
    }).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n${lines.join('')}\r\n`);
    let head = Buffer.alloc(0);
    for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      head = Buffer.concat([head, chunk]);
      if (head.includes('\r\n\r\n')) break;
    }
    const status = Number(head.toString('latin1').split(' ')[1]);
    if (status !== 101) {
      socket.destroy();
      throw new Error(String(status));
    }
    const raw = new RawSocket(socket);
    raw.read(head.subarray(head.indexOf('\r\n\r\n') + 4));
    return raw;
  }

  /** Sends packets, each in a frame of its own, all in one write. */
  send(...packets: readonly string[]): void {
    this.socket.write(Buffer.concat(packets.map((packet) => frame(TEXT, Buffer.from(packet)))));
  }

  sendBinary(bytes: Buffer): void {
    this.socket.write(frame(BINARY, bytes));
  }

  /** Asks to be let into the namespace `/connect`. */
  knock(auth: Readonly<Record<string, unknown>>): void {
    this.send(`40/connect,${JSON.stringify(auth)}`);
  }

  /** Sends an event; the answer to it is the packet `43/connect,<ack>[…]`. */
  emit(ack: number, event: string, payload: unknown): void {
    this.send(`42/connect,${ack}${JSON.stringify([event, payload])}`);
  }

  /** The answer to an event. */
  async answer<Body>(ack: number): Promise<Body> {
    const head = `43/connect,${ack}[`;
    const packet = await this.until((text) => text.startsWith(head));
    return (JSON.parse(packet.slice(head.length - 1)) as [Body])[0];
  }

  /** The first packet that fits, as soon as it is here. Rejects when the connection ends before. */
  until(fits: (packet: string) => boolean): Promise<string> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        const packet = this.packets.find(fits);
        if (packet === undefined) return;
        this.waiting.delete(check);
        resolve(packet);
      };
      this.waiting.add(check);
      void this.closed.then(() => reject(new Error('closed')));
      check();
    });
  }

  /** Payloads of an event that came. */
  of<Payload>(event: string): Payload[] {
    const head = `42/connect,["${event}",`;
    return this.packets
      .filter((packet) => packet.startsWith(head))
      .map((packet) => (JSON.parse(packet.slice(packet.indexOf('['))) as [string, Payload])[1]);
  }

  /** Keeps the connection and takes nothing more from it. */
  stopReading(): void {
    this.socket.pause();
  }

  resumeReading(): void {
    this.socket.resume();
  }

  close(): void {
    this.socket.destroy();
  }

  private read(chunk: Buffer): void {
    this.rest = Buffer.concat([this.rest, chunk]);
    for (let parsed = parse(this.rest); parsed; parsed = parse(this.rest)) {
      this.rest = this.rest.subarray(parsed.size);
      const { opcode, payload } = parsed;
      if (opcode === CLOSE) {
        this.closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : undefined;
        this.socket.end(frame(CLOSE, payload));
      }
      if (opcode !== TEXT) continue;
      const packet = payload.toString();
      if (packet === '2') this.send('3');
      else this.packets.push(packet);
    }
    for (const check of this.waiting) check();
  }
}

function frame(opcode: number, payload: Buffer): Buffer {
  const long = payload.length > 0xff_ff;
  const extended = payload.length > 125;
  const size = Buffer.alloc(long ? 8 : extended ? 2 : 0);
  if (long) size.writeBigUInt64BE(BigInt(payload.length));
  else if (extended) size.writeUInt16BE(payload.length);
  const mask = randomBytes(4);
  const masked = Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
  return Buffer.concat([
    Buffer.from([0x80 | opcode, 0x80 | (long ? 127 : extended ? 126 : payload.length)]),
    size,
    mask,
    masked,
  ]);
}

/** The first whole frame of what has come; a server masks nothing. */
function parse(bytes: Buffer): { opcode: number; payload: Buffer; size: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = (bytes[1] ?? 0) & 0x7f;
  const head = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < head) return undefined;
  const length = short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
  if (bytes.length < head + length) return undefined;
  return { opcode: (bytes[0] ?? 0) & 0x0f, payload: bytes.subarray(head, head + length), size: head + length };
}
