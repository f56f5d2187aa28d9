import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { ChatAccess } from './chat-access.js';
import type { ChatRequest } from './chat-request.js';

/** Parameter that receives the chat which the ChatAccessGuard found. */
export const CurrentChat = createParamDecorator((_: unknown, context: ExecutionContext): ChatAccess => {
  const { chat, access } = context.switchToHttp().getRequest<ChatRequest>();
  return { chat, access };
});
