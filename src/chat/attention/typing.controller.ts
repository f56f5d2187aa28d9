import { Body, Controller, HttpCode, Put, Req, UseGuards } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import { GuestsWelcome } from '../../auth/auth.guard.js';
import { ApiErrors, Authenticated } from '../../auth/authenticated.decorator.js';
import { ChatAccessGuard } from '../chat-access.guard.js';
import type { ChatRequest } from '../chat-request.js';
import { SetTypingDto } from './typing.dto.js';
import { Typing } from './typing.js';

@Authenticated('Chats')
@GuestsWelcome()
@UseGuards(ChatAccessGuard)
@Controller('v1/chat/:chatId/typing')
export class TypingController {
  constructor(private readonly typing: Typing) {}

  @Put()
  @HttpCode(204)
  @ApiParam({ name: 'chatId', schema: { type: 'string', format: 'uuid' } })
  @ApiOperation({
    summary: 'Say that you are typing, or no longer',
    description: 'For everybody who may post. Ends by itself after six seconds, unless it is said again.',
  })
  @ApiNoContentResponse()
  @ApiErrors('chat_not_found', 'forbidden', 'validation_failed')
  set(@Req() request: ChatRequest, @Body() { typing }: SetTypingDto): void {
    this.typing.set(request.principal, request, typing);
  }
}
