import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Observable } from 'rxjs';
import type { AuthenticatedRequest } from '../auth/principal.js';
import { FREE_TEXT, type FreeText } from '../edge/free-text.decorator.js';
import { CodedError } from '../errors/coded-error.js';
import { analyze, containsPii } from './analyzer.js';
import { maskForGood } from './mask-for-good.js';

/**
 * Masks names and titles before they are validated and stored. There is no chat to number them by and no way back: their
 * originals are kept nowhere. Handlers say by `@MaskFreeText` which members of their body these are.
 */
@Injectable()
export class FreeTextInterceptor implements NestInterceptor {
  constructor(private readonly reflector: Reflector) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const fields = this.reflector.get<FreeText | undefined>(FREE_TEXT, context.getHandler());
    const body = fields && context.switchToHttp().getRequest<AuthenticatedRequest>().body;
    if (fields && typeof body === 'object' && body !== null) maskFields(body as Record<string, unknown>, fields);
    return next.handle();
  }
}

/** Types that a member whose purpose is to hold a name may keep. */
const NAMES = new Set(['PERSON', 'ORGANIZATION', 'LOCATION', 'NRP', 'USERNAME']);

function maskFields(body: Record<string, unknown>, { masked = [], names = [], identifiers = [] }: FreeText): void {
  for (const field of masked) {
    const text = body[field];
    if (typeof text === 'string') body[field] = maskForGood(text, analyze(text));
  }
  for (const field of names) {
    const text = body[field];
    if (typeof text !== 'string') continue;
    const spans = analyze(text).filter(({ type }) => !NAMES.has(type));
    body[field] = maskForGood(text, spans);
  }
  for (const field of identifiers) {
    const text = body[field];
    const texts: readonly unknown[] = Array.isArray(text) ? text : [text];
    if (texts.some((each) => typeof each === 'string' && containsPii(each)))
      throw new CodedError('pii_in_identifier', { fields: [field] });
  }
}
