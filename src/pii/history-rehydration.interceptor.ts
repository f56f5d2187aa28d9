import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { from, mergeMap, type Observable } from 'rxjs';
import type { Page } from '../edge/page.js';
import type { WorkspaceRequest } from '../workspace/workspace-request.js';
import { HistoryRehydrator } from './history-rehydrator.js';
import type { MaskedText } from './masked-text.js';
import { ApiPiiHeaders } from './pii-headers.decorator.js';
import { readInstructions } from './read-instructions.js';
import { makeUncacheable, type Reply } from './uncacheable.js';

/** A message of a history: masked, and of which chat. */
export type HistoryItem = MaskedText & { readonly chatId: string };

/** For handlers that return a page of history: rehydrates it for a caller who asks and is entitled. */
export const HistoryRehydrated = () =>
  applyDecorators(UseInterceptors(HistoryRehydrationInterceptor), ApiPiiHeaders('history'));

@Injectable()
export class HistoryRehydrationInterceptor implements NestInterceptor {
  constructor(private readonly rehydrator: HistoryRehydrator) {}

  intercept(context: ExecutionContext, next: CallHandler<Page<HistoryItem>>): Observable<Page<HistoryItem>> {
    const request = context.switchToHttp().getRequest<WorkspaceRequest>();
    const reply = context.switchToHttp().getResponse<Reply>();
    const instructions = readInstructions(request.raw.rawHeaders);
    const source = instructions.history ?? instructions.mapping;
    if (source === undefined) return next.handle();
    const { principal, access, id } = request;
    this.rehydrator.requireRight(source, principal, access);
    return next.handle().pipe(
      mergeMap((page) => {
        makeUncacheable(reply);
        return from(this.rehydrator.rehydratePage(page, source, access.workspaceId, { principal, requestId: id }));
      }),
    );
  }
}
