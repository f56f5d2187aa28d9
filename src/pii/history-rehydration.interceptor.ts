import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { mergeMap, type Observable } from 'rxjs';
import type { Reply } from '../edge/uncacheable.js';
import type { WorkspaceRequest } from '../workspace/workspace-request.js';
import { readerOf } from './audit/reader.js';
import { type HistoryItem, HistoryRehydrator } from './history-rehydrator.js';
import { ApiPiiHeaders } from './pii-headers.decorator.js';
import { readInstructions } from './read-instructions.js';
import type { UnreadPage } from './vault/unread-page.js';

/** A request whose guard has also found the chat. */
interface HistoryRequest extends WorkspaceRequest {
  readonly chat: { readonly chatId: string };
}

/** For handlers that say which page of history: reads it, with originals for a caller who asks and is entitled. */
export const HistoryRehydrated = () =>
  applyDecorators(UseInterceptors(HistoryRehydrationInterceptor), ApiPiiHeaders('history'));

@Injectable()
export class HistoryRehydrationInterceptor implements NestInterceptor {
  constructor(private readonly rehydrator: HistoryRehydrator) {}

  async intercept(context: ExecutionContext, next: CallHandler<UnreadPage<HistoryItem>>): Promise<Observable<string>> {
    const request = context.switchToHttp().getRequest<HistoryRequest>();
    const reply = context.switchToHttp().getResponse<Reply>();
    const instructions = readInstructions(request.raw.rawHeaders);
    const source = instructions.history ?? instructions.mapping;
    reply.header('Content-Type', 'application/json; charset=utf-8');
    if (source === undefined) return next.handle().pipe(mergeMap(async (unread) => (await unread.masked()).text()));
    const { access, chat } = request;
    const reader = readerOf(request);
    await this.rehydrator.requireRight(source, access, chat.chatId, reader);
    return next.handle().pipe(mergeMap(async (unread) => (await this.rehydrator.read(unread, source, reader)).text()));
  }
}
