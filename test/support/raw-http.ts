import { type Agent, request } from 'node:http';
import { connect } from 'node:net';

/** An answer to a request that fetch would refuse to send. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body where it is JSON. */
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * A request with headers exactly as given: names and values in turn, repetitions kept, one byte for each character.
 * @param body sent as it is; text as UTF-8
 * @param agent for many calls over a few connections; else each has a connection of its own
 */
export function rawCall(
  url: string,
  method: string,
  headers: readonly string[],
  body: string | Buffer = '',
  agent: Agent | false = false,
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  // Node would normalise a path given as a URL.
  const path = url.slice(url.indexOf('/', 'http://'.length));
  const length = Buffer.byteLength(body);
  const lines = ['Host', `${hostname}:${port}`, ...(length > 0 ? ['Content-Length', String(length)] : []), ...headers];
  return new Promise((resolve, reject) => {
    const call = request({ hostname, port, path, method, headers: lines, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = /[/+]json\b/.test(response.headers['content-type'] ?? '');
        const parsed = (isJson && text !== '' ? JSON.parse(text) : {}) as RawAnswer['body'];
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: parsed });
      });
    });
    call.on('error', reject);
    call.end(body);
  });
}

/** Writes bytes to the server's port and reads until it closes the connection. */
export function rawBytes(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.end(bytes, 'latin1'));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  });
}
