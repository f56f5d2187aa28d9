import { connect } from 'node:net';

/** One HTTP/1.1 connection that stays open, one call at a time. Bodies are read by Content-Length and thrown away. */
export class HttpConnection {
  #answer;
  #rest = Buffer.alloc(0);
  #missing = 0;
  #status = 0;

  constructor(port) {
    this.port = port;
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.opened = new Promise((resolve, reject) => this.socket.once('connect', resolve).once('error', reject));
    this.socket.on('data', (bytes) => this.#read(bytes));
    this.socket.on('close', () => this.#answer?.(0));
    this.socket.on('error', () => undefined);
  }

  /** @returns the status; 0 when the connection broke */
  call(method, path, headers, body) {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    this.socket.write(
      `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${this.port}\r\n${lines.join('')}` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    return new Promise((resolve) => (this.#answer = resolve));
  }

  close() {
    this.socket.destroy();
  }

  #read(bytes) {
    if (this.#missing > 0) this.#missing -= bytes.length;
    else {
      this.#rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes;
      const end = this.#rest.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = this.#rest.toString('latin1', 0, end);
      this.#status = Number(head.slice(9, 12));
      const length = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? NaN);
      if (Number.isNaN(length)) throw new Error(`an answer without Content-Length: ${head}`);
      this.#missing = end + 4 + length - this.#rest.length;
      this.#rest = Buffer.alloc(0);
    }
    if (this.#missing === 0) this.#answer(this.#status);
  }
}
