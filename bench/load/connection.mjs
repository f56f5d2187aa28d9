import { connect } from 'node:net';

/*
 * A Socket.IO client reduced to what a load generator needs: one WebSocket over a plain TCP socket, frames written by hand
 * with a masking key of zero (so that nothing has to be masked, by us or by the server), received packets counted and not
 * parsed further than their kind and ack id.
 */
const TEXT = 0x81;
/** Types of Engine.IO packets. */
const [OPEN, PING, MESSAGE] = [0x30, 0x32, 0x34];
const NAMESPACE = '/connect,';
const MASKED = 0x80;

/** One masked WebSocket text frame. */
export function frame(text) {
  const length = Buffer.byteLength(text);
  const head = length < 126 ? 6 : 8;
  const bytes = Buffer.alloc(head + length);
  bytes[0] = TEXT;
  if (length < 126) bytes[1] = MASKED | length;
  else {
    bytes[1] = MASKED | 126;
    bytes.writeUInt16BE(length, 2);
  }
  bytes.write(text, head);
  return bytes;
}

const PONG = frame('3');
/** All connections of the process share one: libuv reads into it, and it is looked at before the next read. */
const shared = Buffer.allocUnsafeSlow(256 * 1024);

export class Connection {
  onEvent = (_bytes, _start, _end) => undefined;
  onAck = (_id, _bytes, _start, _end) => undefined;
  onClose = () => undefined;
  #rest;
  #upgraded = false;
  #opened;

  /** Resolves with the payload of the first event, which is `session`. `plain` servers speak WebSocket without Socket.IO. */
  constructor(port, auth, { plain = false } = {}) {
    this.plain = plain;
    this.opened = new Promise((resolve, reject) => (this.#opened = { resolve, reject }));
    this.socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: { buffer: shared, callback: (count, buffer) => (this.#read(buffer, count), true) },
    });
    this.socket.on('connect', () => {
      const path = plain ? `/?chatId=${auth.chatId}` : '/socket.io/?EIO=4&transport=websocket';
      this.socket.write(
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
      );
    });
    this.socket.on('error', (error) => this.#opened?.reject(error));
    this.socket.on('close', () => {
      this.#opened?.reject(new Error('closed'));
      this.onClose();
    });
    this.auth = auth;
  }

  write(bytes) {
    this.socket.write(bytes);
  }

  close() {
    this.socket.destroy();
  }

  #read(buffer, count) {
    let bytes = buffer.subarray(0, count);
    if (this.#rest) {
      bytes = Buffer.concat([this.#rest, bytes]);
      this.#rest = undefined;
    }
    let at = this.#upgraded ? 0 : this.#upgrade(bytes);
    if (at < 0) return;
    while (at + 2 <= bytes.length) {
      let length = bytes[at + 1] & 127;
      let start = at + 2;
      if (length === 126) {
        if (at + 4 > bytes.length) break;
        length = bytes.readUInt16BE(start);
        start += 2;
      } else if (length === 127) {
        if (at + 10 > bytes.length) break;
        length = bytes.readUInt32BE(start + 4);
        start += 8;
      }
      if (start + length > bytes.length) break;
      if ((bytes[at] & 15) === 1) this.#packet(bytes, start, start + length);
      at = start + length;
    }
    if (at < bytes.length) this.#rest = Buffer.from(bytes.subarray(at));
  }

  #upgrade(bytes) {
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0) {
      this.#rest = Buffer.from(bytes);
      return -1;
    }
    if (!bytes.toString('latin1', 0, 12).endsWith('101')) {
      this.#opened?.reject(new Error(bytes.toString('latin1', 0, end)));
      return -1;
    }
    this.#upgraded = true;
    return end + 4;
  }

  /** Engine.IO type, Socket.IO type, namespace, ack id, JSON. A plain server sends `2` (event) or `3<id>` and JSON. */
  #packet(bytes, start, end) {
    if (!this.plain) {
      const kind = bytes[start];
      if (kind === OPEN) return this.write(frame(`40${NAMESPACE}${JSON.stringify(this.auth)}`));
      if (kind === PING) return this.write(PONG);
      if (kind !== MESSAGE) return undefined;
      start += 1;
    }
    const type = bytes[start];
    start += 1;
    if (!this.plain) start += NAMESPACE.length;
    if (type === 0x34) this.#opened?.reject(new Error(bytes.toString('utf8', start, end)));
    else if (type === 0x33) {
      let id = 0;
      for (; bytes[start] >= 48 && bytes[start] <= 57; start += 1) id = id * 10 + bytes[start] - 48;
      this.onAck(id, bytes, start, end);
    } else if (type === 0x32) {
      if (this.#opened) {
        this.#opened.resolve(JSON.parse(bytes.toString('utf8', start, end))[1]);
        this.#opened = undefined;
      }
      this.onEvent(bytes, start, end);
    }
    return undefined;
  }
}
