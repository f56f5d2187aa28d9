import { Body, Controller, Get, HttpCode, Post, Query, Req, UseGuards } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiQuery } from '@nestjs/swagger';
import { GuestsWelcome } from '../../auth/auth.guard.js';
import { Authenticated } from '../../auth/authenticated.decorator.js';
import { PII_ANSWER_HEADERS } from '../../pii/pii-headers.decorator.js';
import type { Sent } from '../../pii/pii-mapping.interceptor.js';
import type { UnreadPage } from '../../pii/vault/unread-page.js';
import type { ChatAccess } from '../chat-access.js';
import { ChatAccessGuard } from '../chat-access.guard.js';
import type { ChatRequest } from '../chat-request.js';
import { clientMessageIdOf } from './client-message-id.js';
import { CurrentChat } from '../current-chat.decorator.js';
import { History } from './history.decorator.js';
import { type HistoryRequest, readHistoryRange } from './history-range.js';
import { SendMessageDto, SendSpaceMessageDto, SentMessageDto } from './message.dto.js';
import type { MessageView } from './message-view.js';
import { MessagesService, type Sending } from './messages.service.js';
import { Send } from './send.decorator.js';
import { readSendBody, readSpaceSendBody } from './send-form.js';

@Authenticated('Messages')
@GuestsWelcome()
@UseGuards(ChatAccessGuard)
@Controller('v1')
export class MessagesController {
  constructor(private readonly messages: MessagesService) {}

  @Post('chat/:chatId/messages')
  @HttpCode(201)
  @Send(readSendBody)
  @ApiParam({ name: 'chatId', schema: { type: 'string', format: 'uuid' } })
  @ApiOperation({ summary: 'Send a message to a chat' })
  @ApiBody({ type: SendMessageDto })
  @ApiCreatedResponse({ type: SentMessageDto, headers: PII_ANSWER_HEADERS })
  send(@Req() request: ChatRequest, @Body() sending: Sending): Promise<Sent<MessageView>> {
    return this.messages.send(request.principal, request, {
      ...sending,
      ...clientMessageIdOf(request, sending.clientMessageId),
    });
  }

  @Get('chat/:chatId/messages')
  @History()
  @ApiParam({ name: 'chatId', schema: { type: 'string', format: 'uuid' } })
  @ApiOperation({ summary: 'Read the history of a chat', description: 'Without bounds: the latest messages.' })
  history(@CurrentChat() current: ChatAccess, @Query() query: HistoryRequest): UnreadPage<MessageView> {
    return this.messages.history(current, readHistoryRange(query));
  }

  @Post('spaces/:spaceId/chat')
  @HttpCode(200)
  @Send(readSpaceSendBody, 'workspace_not_found')
  @ApiParam({ name: 'spaceId', description: 'Id of the workspace', schema: { type: 'string', format: 'uuid' } })
  @ApiOperation({
    summary: 'Send a message into a space',
    description: 'To its default chat, unless `chatId` names one.',
  })
  @ApiBody({ type: SendSpaceMessageDto })
  @ApiOkResponse({ type: SentMessageDto, headers: PII_ANSWER_HEADERS })
  sendToSpace(@Req() request: ChatRequest, @Body() sending: Sending): Promise<Sent<MessageView>> {
    return this.messages.send(request.principal, request, {
      ...sending,
      ...clientMessageIdOf(request, sending.clientMessageId),
    });
  }

  @Get('spaces/:spaceId/chat')
  @History('workspace_not_found')
  @ApiParam({ name: 'spaceId', description: 'Id of the workspace', schema: { type: 'string', format: 'uuid' } })
  @ApiQuery({
    name: 'chatId',
    required: false,
    schema: { type: 'string', format: 'uuid' },
    description: 'A chat of the space; its default chat without it.',
  })
  @ApiOperation({ summary: 'Read the history of a space', description: 'Without bounds: the latest messages.' })
  spaceHistory(@CurrentChat() current: ChatAccess, @Query() query: HistoryRequest): UnreadPage<MessageView> {
    return this.messages.history(current, readHistoryRange(query));
  }
}
