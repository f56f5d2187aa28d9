import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { from, lastValueFrom, type Observable, of } from 'rxjs';
import { Config } from '../config/config.js';
import { CodedError } from '../errors/coded-error.js';
import { type ClaimedCall, IdempotencyStore } from './idempotency.store.js';
import type { KeyedRequest } from './answer-keeper.js';
import { isGuest } from './principal.js';

const HEADER = 'Idempotency-Key';
const GRAMMAR = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * The value of the Idempotency-Key header.
 * @throws CodedError `idempotency_key_malformed`, `duplicate_header`
 */
export function idempotencyKey(rawHeaders: readonly string[]): string | undefined {
  const values = rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === 'idempotency-key');
  if (values.length > 1) throw new CodedError('duplicate_header', { header: HEADER });
  const [value] = values;
  if (value !== undefined && !GRAMMAR.test(value))
    throw new CodedError('idempotency_key_malformed', { header: HEADER });
  return value;
}

/**
 * Repeats the first answer to a creating call that comes again with the same key within 24 hours. Answers are stored
 * encrypted, since some show a secret that exists nowhere else.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  private readonly macKey: Buffer;
  private readonly sealKey: Buffer;

  constructor(
    config: Config,
    private readonly store: IdempotencyStore,
  ) {
    const derive = (label: string) => Buffer.from(hkdfSync('sha256', config.apiKeySecret, '', label, 32));
    this.macKey = derive('cloakroom/idempotency/mac/v1');
    this.sealKey = derive('cloakroom/idempotency/seal/v1');
  }

  async intercept(context: ExecutionContext, next: CallHandler<unknown>): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<KeyedRequest>();
    const key = idempotencyKey(request.raw.rawHeaders);
    // Guests have no identity that a key could belong to: one would get what another was answered. Nor does one key of a
    // user get what another was, since it may have fewer scopes.
    if (key === undefined || isGuest(request.principal)) return next.handle();

    const { userId, credentialId } = request.principal;
    const keyMac = this.mac(`${credentialId}/${key}`);
    const requestMac = this.mac(JSON.stringify([request.method, request.url, request.body ?? null]));
    const claim = await this.store.claim(userId, keyMac, requestMac);
    if (claim.state === 'running') throw inProgress();
    if (claim.state === 'answered') {
      if (!timingSafeEqual(claim.requestMac, requestMac)) throw new CodedError('idempotency_key_reused');
      return of(this.open(claim.sealedAnswer, keyMac));
    }
    return from(this.answer(request, next, claim.call));
  }

  private async answer(request: KeyedRequest, next: CallHandler<unknown>, call: ClaimedCall): Promise<unknown> {
    let isKept = false;
    request.keepAnswer = async (transaction, answer) => {
      isKept = await this.store.answer(call, this.seal(answer, call.keyMac), transaction);
      if (!isKept) throw inProgress();
    };
    try {
      const answer = await lastValueFrom(next.handle());
      // What creates nothing keeps nothing by itself.
      if (!isKept) await this.store.answer(call, this.seal(answer, call.keyMac));
      return answer;
    } catch (error) {
      // The claim falls by itself after a minute, should this not succeed.
      await this.store.release(call).catch(() => undefined);
      throw error;
    }
  }

  private mac(text: string): Buffer {
    return createHmac('sha256', this.macKey).update(text).digest();
  }

  private seal(answer: unknown, keyMac: Buffer): Buffer {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.sealKey, nonce).setAAD(keyMac);
    return Buffer.concat([nonce, cipher.update(JSON.stringify(answer)), cipher.final(), cipher.getAuthTag()]);
  }

  private open(sealed: Buffer, keyMac: Buffer): unknown {
    const decipher = createDecipheriv('aes-256-gcm', this.sealKey, sealed.subarray(0, 12), { authTagLength: 16 })
      .setAAD(keyMac)
      .setAuthTag(sealed.subarray(-16));
    return JSON.parse(Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]).toString('utf8'));
  }
}

const inProgress = () => new CodedError('idempotency_in_progress', { retryAfter: 1 });

/** For handlers that create something, in a transaction that keeps their answer (`AnswerKeeper`). */
export const Idempotent = () =>
  applyDecorators(
    UseInterceptors(IdempotencyInterceptor),
    ApiHeader({
      name: HEADER,
      required: false,
      description: 'The same key with the same request answers with the first result, for 24 hours.',
      schema: { type: 'string', pattern: GRAMMAR.source },
    }),
  );
