import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Put, Req, UseGuards } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import { ApiErrors, Authenticated } from '../../auth/authenticated.decorator.js';
import { CodedError } from '../../errors/coded-error.js';
import { isUuid } from '../../edge/uuid.js';
import { PII_ANSWER_HEADERS } from '../../pii/pii-headers.decorator.js';
import type { Sent } from '../../pii/pii-mapping.interceptor.js';
import type { ChatAccess } from '../chat-access.js';
import { ChatAccessGuard } from '../chat-access.guard.js';
import type { ChatRequest } from '../chat-request.js';
import { clientMessageIdOf } from './client-message-id.js';
import { CurrentChat } from '../current-chat.decorator.js';
import { EditMessageDto, MessageDto, MessageEditDto, SentMessageDto } from './message.dto.js';
import { MessageChanges } from './message-changes.service.js';
import type { EarlierText, MessageView } from './message-view.js';
import type { Sending } from './messages.service.js';
import { Send } from './send.decorator.js';
import { readEditBody, requireReaction } from './send-form.js';

const uuidParam = (name: string) => ({ name, schema: { type: 'string', format: 'uuid' } }) as const;

@Authenticated('Messages')
@UseGuards(ChatAccessGuard)
@ApiParam(uuidParam('chatId'))
@ApiParam(uuidParam('messageId'))
@Controller('v1/chat/:chatId/messages/:messageId')
export class MessageChangesController {
  constructor(private readonly changes: MessageChanges) {}

  @Patch()
  @Send(readEditBody, 'message_not_found', 'idempotency_key_reused')
  @ApiOperation({ summary: 'Edit a message', description: 'For its author. The earlier text is kept, masked.' })
  @ApiBody({ type: EditMessageDto })
  @ApiOkResponse({ type: SentMessageDto, headers: PII_ANSWER_HEADERS })
  edit(
    @Req() request: ChatRequest,
    @Param('messageId') messageId: string,
    @Body() edit: Sending,
  ): Promise<Sent<MessageView>> {
    return this.changes.edit(request.principal, request, known(messageId), {
      ...edit,
      ...clientMessageIdOf(request, edit.clientMessageId),
    });
  }

  @Delete()
  @HttpCode(204)
  @ApiOperation({
    summary: 'Delete a message',
    description: 'For its author, owners and admins. A tombstone without text stays, so that the sequence has no gap.',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'Answers a repetition as the first call.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
  })
  @ApiNoContentResponse()
  @ApiErrors('chat_not_found', 'message_not_found', 'forbidden', 'pii_in_identifier', 'idempotency_key_reused')
  async delete(@Req() request: ChatRequest, @Param('messageId') messageId: string): Promise<void> {
    const { clientMessageId } = clientMessageIdOf(request);
    const reader = { principal: request.principal, requestId: request.id };
    await this.changes.delete(reader, request, known(messageId), clientMessageId);
  }

  @Get('edits')
  @ApiOperation({
    summary: 'Read the earlier texts of a message',
    description: 'For members. Masked, from the first one on.',
  })
  @ApiOkResponse({ type: [MessageEditDto] })
  @ApiErrors('chat_not_found', 'message_not_found', 'forbidden')
  edits(@CurrentChat() current: ChatAccess, @Param('messageId') messageId: string): Promise<EarlierText[]> {
    return this.changes.edits(current, known(messageId));
  }

  @Put('reactions/:reaction')
  @ApiParam({ name: 'reaction', description: 'One emoji, or a short code such as `:tada:`', example: ':tada:' })
  @ApiOperation({ summary: 'Set a reaction' })
  @ApiOkResponse({ type: MessageDto })
  @ApiErrors('chat_not_found', 'message_not_found', 'forbidden', 'validation_failed', 'pii_in_identifier')
  react(
    @Req() request: ChatRequest,
    @Param('messageId') messageId: string,
    @Param('reaction') reaction: string,
  ): Promise<MessageView> {
    return this.changes.react(request.principal, request, known(messageId), requireReaction(reaction, true), true);
  }

  @Delete('reactions/:reaction')
  @ApiParam({ name: 'reaction', description: 'One emoji, or a short code such as `:tada:`', example: ':tada:' })
  @ApiOperation({ summary: 'Take a reaction back' })
  @ApiOkResponse({ type: MessageDto })
  @ApiErrors('chat_not_found', 'message_not_found', 'forbidden', 'validation_failed', 'pii_in_identifier')
  unreact(
    @Req() request: ChatRequest,
    @Param('messageId') messageId: string,
    @Param('reaction') reaction: string,
  ): Promise<MessageView> {
    return this.changes.react(request.principal, request, known(messageId), requireReaction(reaction, false), false);
  }

  @Put('pin')
  @ApiOperation({ summary: 'Pin a message to the chat', description: 'For everybody who may post.' })
  @ApiOkResponse({ type: MessageDto })
  @ApiErrors('chat_not_found', 'message_not_found', 'forbidden', 'conflict')
  pin(@Req() request: ChatRequest, @Param('messageId') messageId: string): Promise<MessageView> {
    return this.changes.pin(request.principal, request, known(messageId), true);
  }

  @Delete('pin')
  @ApiOperation({ summary: 'Take the pin off a message', description: 'For everybody who may post.' })
  @ApiOkResponse({ type: MessageDto })
  @ApiErrors('chat_not_found', 'message_not_found', 'forbidden')
  unpin(@Req() request: ChatRequest, @Param('messageId') messageId: string): Promise<MessageView> {
    return this.changes.pin(request.principal, request, known(messageId), false);
  }
}

/** What is no id of ours names no message. */
function known(messageId: string): string {
  if (!isUuid(messageId)) throw new CodedError('message_not_found');
  return messageId;
}
