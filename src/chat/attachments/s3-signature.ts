import { createHash, createHmac } from 'node:crypto';

/** Credentials of an S3-compatible store. */
export interface S3Credentials {
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

export interface S3Call {
  readonly method: 'DELETE' | 'GET' | 'HEAD' | 'PUT';
  /** May have a query of its own. */
  readonly url: URL;
  /** Headers that whoever calls has to send exactly so; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly expiresInSeconds: number;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * An address that is good for one call and a while, without any credential: Signature Version 4 in the query, as AWS
 * documents it ("Authenticating Requests: Using Query Parameters"). What is uploaded is not part of the signature; sign the
 * header `x-amz-checksum-sha256`, and the store holds the content to it.
 */
export function presign(
  { method, url, headers = {}, expiresInSeconds }: S3Call,
  credentials: S3Credentials,
  now: Date,
) {
  const { region, accessKey, secretKey } = credentials;
  const at = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = [at.slice(0, 8), region, 's3', 'aws4_request'];
  const signed = Object.entries<string>({ ...headers, host: url.host }).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const names = signed.map(([name]) => name).join(';');
  const query = canonical([
    ...url.searchParams,
    ['X-Amz-Algorithm', ALGORITHM],
    ['X-Amz-Credential', [accessKey, ...scope].join('/')],
    ['X-Amz-Date', at],
    ['X-Amz-Expires', String(expiresInSeconds)],
    ['X-Amz-SignedHeaders', names],
  ]);
  const request = [
    method,
    url.pathname,
    query,
    ...signed.map(([name, value]) => `${name}:${value.trim()}`),
    '',
    names,
    'UNSIGNED-PAYLOAD',
  ].join('\n');
  const digest = createHash('sha256').update(request).digest('hex');
  const key = scope.reduce<Buffer | string>((secret, part) => hmac(secret, part), `AWS4${secretKey}`);
  const signature = hmac(key, [ALGORITHM, at, scope.join('/'), digest].join('\n')).toString('hex');
  return `${url.origin}${url.pathname}?${query}&X-Amz-Signature=${signature}`;
}

const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Sorted by name, and encoded as RFC 3986 has it: `encodeURIComponent` leaves five characters as they are. */
const canonical = (parameters: readonly (readonly [string, string])[]): string =>
  parameters
    .map((pair) => pair.map(encode).join('='))
    .toSorted()
    .join('&');

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
