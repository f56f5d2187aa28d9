import type { KeyManagement } from '../../../config/config.js';
import { pae } from '../../../auth/message-string.js';
import { CodedError } from '../../../errors/coded-error.js';
import { CircuitBreaker } from '../../circuit-breaker.js';
import type { ChatScope, KeyProvider, WrappedSecret } from './key-provider.js';

const TIMEOUT_MS = 2_000;
const OPEN_MS = 5_000;
const RETRY_AFTER_SECONDS = 5;
const MAX_ANSWER_BYTES = 16 * 1024;

type Fields = Readonly<Record<string, string>>;

/**
 * Master keys that a key service holds: they never enter this process. It takes JSON over HTTP, bytes in base64url:
 *   POST /wrap     {plaintext, context}             -> {kid, wrapped}
 *   POST /unwrap   {kid, wrapped, context}          -> {plaintext}; 404 or 422 for what it cannot open
 *   POST /destroy  {kid}                            -> 2xx
 * `context` is authenticated with the secret. When the service fails or is slow three times in a row it is left alone for
 * five seconds, so that calls fail at once instead of piling up.
 */
export class KeyManagementClient implements KeyProvider {
  private readonly breaker = new CircuitBreaker(OPEN_MS);

  constructor(private readonly service: KeyManagement) {}

  async wrap(secret: Buffer, scope: ChatScope): Promise<WrappedSecret> {
    const answer = await this.call('wrap', { plaintext: secret.toString('base64url'), context: contextOf(scope) });
    const { kid, wrapped } = answer ?? {};
    if (!kid || !wrapped) throw new CodedError('unavailable', { retryAfter: RETRY_AFTER_SECONDS });
    return { kid, wrapped: Buffer.from(wrapped, 'base64url') };
  }

  async unwrap({ kid, wrapped }: WrappedSecret, scope: ChatScope): Promise<Buffer | undefined> {
    const request = { kid, wrapped: wrapped.toString('base64url'), context: contextOf(scope) };
    const plaintext = (await this.call('unwrap', request))?.['plaintext'];
    return plaintext === undefined ? undefined : Buffer.from(plaintext, 'base64url');
  }

  kids(): undefined {
    return undefined;
  }

  /** The service has its own way to do that. */
  renew(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async destroy(kid: string): Promise<void> {
    await this.call('destroy', { kid });
  }

  /** @returns undefined when the service answers that it cannot open this */
  private async call(operation: 'wrap' | 'unwrap' | 'destroy', request: Fields): Promise<Fields | undefined> {
    if (this.breaker.isOpen) throw new CodedError('unavailable', { retryAfter: RETRY_AFTER_SECONDS });
    try {
      const answer = await this.post(operation, request, AbortSignal.timeout(TIMEOUT_MS));
      this.breaker.succeeded();
      return answer;
    } catch {
      // Whatever it was: fetch's errors name the address, and the answer could quote the request.
      this.breaker.failed();
      throw new CodedError('unavailable', { retryAfter: RETRY_AFTER_SECONDS });
    }
  }

  private async post(operation: string, request: Fields, signal: AbortSignal): Promise<Fields | undefined> {
    const { url, token } = this.service;
    const response = await fetch(new URL(operation, url.href.endsWith('/') ? url : `${url.href}/`), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(request),
      redirect: 'error',
      signal,
    });
    const text = await response.text();
    if (operation === 'unwrap' && (response.status === 404 || response.status === 422)) return undefined;
    if (!response.ok || text.length > MAX_ANSWER_BYTES) throw new Error('refused');
    return (text === '' ? {} : JSON.parse(text)) as Fields;
  }
}

const contextOf = ({ workspaceId, chatId }: ChatScope): string =>
  pae(['cloakroom/vault/key/v1', workspaceId, chatId]).toString('base64url');
