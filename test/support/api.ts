/** An answer, read to its end. */
export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
  /** The body as it came. */
  readonly text: string;
}

export interface WorkspaceBody {
  readonly id: string;
  readonly name: string;
  readonly defaultChatId: string;
}

export interface MessageBody {
  readonly id: string;
  readonly chatId: string;
  readonly seq: number;
  readonly senderId: string;
  readonly text: string;
  readonly positions: readonly {
    readonly start: number;
    readonly end: number;
    readonly type: string;
    readonly placeholder: string;
  }[];
  readonly message?: string;
  readonly piiMapping?: Readonly<Record<string, string>>;
}

export interface ProblemBody {
  readonly code: string;
  readonly status: number;
  readonly requestId: string;
}

/** One page of a list. */
export interface PageBody<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** Status and code of a refused call, as in `404 chat_not_found`, for short tables. */
export async function refusal(call: Promise<Pick<Answer<unknown>, 'status' | 'body'>>): Promise<string> {
  const { status, body } = await call;
  return `${status} ${(body as ProblemBody | undefined)?.code}`;
}

/** Calls the service over HTTP as somebody. */
export class Api {
  constructor(
    readonly url: string,
    readonly key?: string,
  ) {}

  get<Body>(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer<Body>> {
    return this.call('GET', path, undefined, headers);
  }

  post<Body>(path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer<Body>> {
    return this.call('POST', path, body, headers);
  }

  put<Body>(path: string, body: unknown): Promise<Answer<Body>> {
    return this.call('PUT', path, body);
  }

  patch<Body>(path: string, body: unknown): Promise<Answer<Body>> {
    return this.call('PATCH', path, body);
  }

  delete<Body>(path: string): Promise<Answer<Body>> {
    return this.call('DELETE', path);
  }

  /** @param body sent as JSON; a string is sent as it is */
  async call<Body>(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer<Body>> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(this.key !== undefined && { 'X-API-Key': this.key }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: (isJson && text !== '' ? JSON.parse(text) : undefined) as Body,
    };
  }

  /** A workspace of the caller's own. */
  async workspace(settings: Readonly<Record<string, unknown>> = {}): Promise<WorkspaceBody> {
    return (await this.post<WorkspaceBody>('/v1/workspaces', { name: 'Test', ...settings })).body;
  }

  /** A new user with a key; needs the scope `admin`. */
  async user(displayName: string, scopes: readonly string[] = []): Promise<{ id: string; api: Api; keyId: string }> {
    const user = (await this.post<{ id: string }>('/v1/users', { displayName })).body;
    const key = (
      await this.post<{ id: string; key: string }>(`/v1/users/${user.id}/api-keys`, { name: 'test', scopes })
    ).body;
    return { id: user.id, api: new Api(this.url, key.key), keyId: key.id };
  }
}
