import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** A span as OTLP writes it in JSON. */
export interface ExportedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: readonly Attribute[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status: { readonly code: number };
}

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly ExportedSpan[] }[];
  }[];
}

/** What attributes say, by their keys. */
export const valuesOf = (attributes: readonly Attribute[]): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

/** A collector of OpenTelemetry that keeps what it is sent by OTLP over HTTP. */
export class Collector {
  /** Requests as they came. */
  readonly bodies: Buffer[] = [];
  readonly paths: string[] = [];

  private readonly server = createServer((request, response) => {
    void this.take(request).then(
      () => response.end(),
      // Whoever sent it was killed meanwhile.
      () => response.destroy(),
    );
  });

  private constructor(private readonly onBody: ((body: Buffer) => void) | undefined) {}

  /** @param onBody gets each request, and nothing is kept */
  static async start(onBody?: (body: Buffer) => void): Promise<Collector> {
    const collector = new Collector(onBody);
    collector.server.listen(0, '127.0.0.1');
    await once(collector.server, 'listening');
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Of exports that were written as JSON. */
  get spans(): ExportedSpan[] {
    return this.exports.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
  }

  get resource(): Record<string, unknown> {
    return valuesOf(this.exports[0]?.resource.attributes ?? []);
  }

  private get exports(): Export['resourceSpans'][number][] {
    return this.bodies.flatMap((body) => (JSON.parse(body.toString()) as Export).resourceSpans);
  }

  private async take(request: IncomingMessage): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (this.onBody) return this.onBody(body);
    this.paths.push(request.url ?? '');
    this.bodies.push(body);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
