import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { ChatRequest } from './chat-request.js';
import { ChatAccesses } from './chat-access.js';

/**
 * Finds the chat of a call, by `chatId` in the path or by `spaceId` in the path with an optional `chatId` in body or
 * query, and lets nobody pass who may not see it.
 */
@Injectable()
export class ChatAccessGuard implements CanActivate {
  constructor(private readonly accesses: ChatAccesses) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<ChatRequest>();
    const { principal, params, body, query } = request;
    const { chat, access } =
      params['spaceId'] === undefined
        ? await this.accesses.ofChat(principal, params['chatId'])
        : await this.accesses.ofSpace(principal, params['spaceId'], chatIdIn(body) ?? query['chatId']);
    request.chat = chat;
    request.access = access;
    return true;
  }
}

const chatIdIn = (body: unknown): unknown =>
  typeof body === 'object' && body !== null && 'chatId' in body ? body.chatId : undefined;
