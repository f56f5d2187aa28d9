import { readFileSync } from 'node:fs';

/** A refusal of the service, or a setting that is missing: for the person at the terminal, in one line. */
export class CommandError extends Error {}

export interface ServiceOptions {
  readonly url: string;
  readonly keyFile?: string;
}

const TIMEOUT_MS = 30_000;
const STANDARD_INPUT = 0;

/** The service as the owner of a key sees it. */
export class Service {
  readonly url: string;
  private readonly keyFile: string | undefined;

  constructor({ url, keyFile }: ServiceOptions) {
    this.url = url;
    this.keyFile = keyFile;
  }

  /** Never an argument, which every process of the machine can read. @throws CommandError */
  get key(): string {
    const { keyFile } = this;
    const fromFile =
      keyFile === undefined ? undefined : readFileSync(keyFile === '-' ? STANDARD_INPUT : keyFile, 'utf8');
    const key = fromFile?.trim() ?? process.env['CLOAKROOM_API_KEY'];
    if (key === undefined || key === '') throw new CommandError('CLOAKROOM_API_KEY or --key-file must name a key');
    return key;
  }

  /** @throws CommandError with the code of the refusal */
  async call<Body>(method: string, path: string, body?: unknown): Promise<Body> {
    const headers = {
      'X-API-Key': this.key,
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
    };
    // A redirect would take the key along, to whatever host it names.
    const request = { method, headers, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) } as const;
    const answer = await fetch(
      new URL(path, this.url),
      body === undefined ? request : { ...request, body: JSON.stringify(body) },
    ).catch(() => {
      throw new CommandError('unreachable: the service does not answer at this --url');
    });
    const text = await answer.text();
    const json: unknown = text === '' ? {} : JSON.parse(text);
    if (answer.ok) return json as Body;
    const { code, title } = json as { code?: string; title?: string };
    throw new CommandError(`${code ?? answer.status}: ${title ?? 'the call was refused'}`);
  }
}
