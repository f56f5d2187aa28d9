import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Api } from './api.js';

/** A file as it is added: a small text in which nothing is found. */
export const A_FILE = {
  content: 'parcel,weight',
  form: {
    name: 'list.csv',
    type: 'text/csv',
    size: 13,
    sha256: createHash('sha256').update('parcel,weight').digest('hex'),
  },
};

/** Adds and uploads it for the author of a message. @returns its id, to be finished */
export async function uploadFile(api: Api, chatId: string, messageId: string): Promise<string> {
  const { body } = await api.post<{ id: string; upload: { url: string; requestHeaders: Record<string, string> } }>(
    `/v1/chat/${chatId}/messages/${messageId}/attachments`,
    A_FILE.form,
  );
  await fetch(body.upload.url, { method: 'PUT', headers: body.upload.requestHeaders, body: A_FILE.content });
  return body.id;
}

/**
 * An S3-compatible store as far as attachments need one, written from the documents of AWS and not from our signer: it takes
 * calls that are signed in their query, until they expire, and holds uploads to the headers that were signed.
 */
export class S3Server {
  readonly objects = new Map<string, { readonly type: string; readonly content: Buffer }>();
  /** While true, the store answers nothing but 503. */
  broken = false;

  private constructor(
    private readonly server: Server,
    readonly env: Readonly<Record<string, string>>,
  ) {}

  static async start(): Promise<S3Server> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const store = new S3Server(server, {
      ATTACHMENT_STORE_URL: `http://127.0.0.1:${port}/files`,
      ATTACHMENT_STORE_REGION: 'eu-central-1',
      ATTACHMENT_STORE_ACCESS_KEY: 'AKIDEXAMPLE',
      ATTACHMENT_STORE_SECRET_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    });
    server.on('request', (request, response) => {
      void store.serve(request, response);
    });
    return store;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, headers = {}, body = Buffer.alloc(0) } = await this.answer(request);
    response.writeHead(status, { 'content-length': String(body.length), ...headers });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  private async answer(
    request: IncomingMessage,
  ): Promise<{ status: number; headers?: Record<string, string>; body?: Buffer }> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const content = Buffer.concat(chunks);
    if (this.broken) return { status: 503 };
    if (!this.isSigned(request)) return { status: 403 };
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://store');
    const found = this.objects.get(pathname);
    switch (request.method) {
      case 'PUT': {
        const checksum = createHash('sha256').update(content).digest('base64');
        if (checksum !== request.headers['x-amz-checksum-sha256']) return { status: 400 };
        this.objects.set(pathname, { type: request.headers['content-type'] ?? '', content });
        return { status: 200 };
      }
      case 'DELETE':
        this.objects.delete(pathname);
        return { status: 204 };
      default: {
        if (!found) return { status: 404 };
        const disposition = searchParams.get('response-content-disposition');
        const headers = {
          'content-type': found.type,
          'content-length': String(found.content.length),
          ...(disposition !== null && { 'content-disposition': disposition }),
        };
        return { status: 200, headers, body: found.content };
      }
    }
  }

  private isSigned({ method, url = '', headers }: IncomingMessage): boolean {
    const [path = '', search = ''] = url.split('?');
    const parameters = new Map(search.split('&').map((pair) => pair.split('=') as [string, string]));
    const value = (name: string): string => decodeURIComponent(parameters.get(name) ?? '');
    const given = Buffer.from(value('X-Amz-Signature'), 'hex');
    const date = value('X-Amz-Date');
    const [key, ...scope] = value('X-Amz-Credential').split('/');
    const begun = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
    const isLate = !(Date.now() < begun + Number(value('X-Amz-Expires')) * 1_000);
    const own = [date.slice(0, 8), this.env['ATTACHMENT_STORE_REGION'], 's3', 'aws4_request'];
    if (isLate || key !== this.env['ATTACHMENT_STORE_ACCESS_KEY'] || scope.join() !== own.join()) return false;
    parameters.delete('X-Amz-Signature');
    const query = [...parameters]
      .map(([name, text]) => `${name}=${text}`)
      .toSorted()
      .join('&');
    const names = value('X-Amz-SignedHeaders').split(';');
    if (!names.includes('host')) return false;
    const lines = names.map((name) => `${name}:${String(headers[name] ?? '')}\n`);
    const canonical = `${method}\n${path}\n${query}\n${lines.join('')}\n${names.join(';')}\nUNSIGNED-PAYLOAD`;
    const hash = createHash('sha256').update(canonical).digest('hex');
    let secret: Buffer = Buffer.from(`AWS4${this.env['ATTACHMENT_STORE_SECRET_KEY']}`);
    for (const part of scope) secret = createHmac('sha256', secret).update(part).digest();
    const expected = createHmac('sha256', secret)
      .update(`AWS4-HMAC-SHA256\n${date}\n${scope.join('/')}\n${hash}`)
      .digest();
    return given.length === expected.length && timingSafeEqual(given, expected);
  }
}
