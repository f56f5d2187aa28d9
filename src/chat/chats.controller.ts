import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query, UseGuards } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
} from '@nestjs/swagger';
import { GuestsWelcome } from '../auth/auth.guard.js';
import { AnswerKeeper, type KeepAnswer } from '../auth/answer-keeper.js';
import { ApiErrors, Authenticated } from '../auth/authenticated.decorator.js';
import { CurrentPrincipal } from '../auth/current-principal.decorator.js';
import { Idempotent } from '../auth/idempotency.interceptor.js';
import type { Principal } from '../auth/principal.js';
import type { Page } from '../edge/page.js';
import type { ChatAccess } from './chat-access.js';
import { ChatAccessGuard } from './chat-access.guard.js';
import {
  ChatDto,
  ChatPageDto,
  ChatsQuery,
  ConnectionStringDto,
  ConnectionStringRequestDto,
  CreateChatDto,
  UpdateChatDto,
} from './chat.dto.js';
import { ChatsService } from './chats.service.js';
import { ConnectionStrings } from './connection-strings.js';
import { CurrentChat } from './current-chat.decorator.js';

const CHAT_ID = { name: 'chatId', schema: { type: 'string', format: 'uuid' } } as const;

@Authenticated('Chats')
@Controller('v1/chat')
export class ChatsController {
  constructor(
    private readonly chats: ChatsService,
    private readonly connectionStrings: ConnectionStrings,
  ) {}

  @Post()
  @HttpCode(201)
  @Idempotent()
  @ApiOperation({ summary: 'Create a chat', description: 'For owners and admins of the workspace.' })
  @ApiCreatedResponse({ type: ChatDto })
  @ApiErrors('workspace_not_found', 'forbidden', 'validation_failed')
  create(
    @CurrentPrincipal() principal: Principal,
    @Body() request: CreateChatDto,
    @AnswerKeeper() keepAnswer: KeepAnswer,
  ): Promise<ChatDto> {
    return this.chats.create(principal, request, keepAnswer);
  }

  @Get()
  @GuestsWelcome()
  @ApiOperation({ summary: 'List the chats of a workspace' })
  @ApiOkResponse({ type: ChatPageDto })
  @ApiErrors('workspace_not_found', 'invalid_cursor')
  list(@CurrentPrincipal() principal: Principal, @Query() query: ChatsQuery): Promise<Page<ChatDto>> {
    return this.chats.list(principal, query);
  }

  @Get(':chatId')
  @GuestsWelcome()
  @UseGuards(ChatAccessGuard)
  @ApiParam(CHAT_ID)
  @ApiOperation({ summary: 'Read a chat' })
  @ApiOkResponse({ type: ChatDto })
  @ApiErrors('chat_not_found')
  get(@CurrentChat() current: ChatAccess): Promise<ChatDto> {
    return this.chats.get(current);
  }

  @Patch(':chatId')
  @UseGuards(ChatAccessGuard)
  @ApiParam(CHAT_ID)
  @ApiOperation({ summary: 'Rename a chat', description: 'For owners and admins.' })
  @ApiOkResponse({ type: ChatDto })
  @ApiErrors('chat_not_found', 'forbidden', 'validation_failed')
  rename(@CurrentChat() current: ChatAccess, @Body() request: UpdateChatDto): Promise<ChatDto> {
    return this.chats.rename(current, request);
  }

  @Delete(':chatId')
  @HttpCode(204)
  @UseGuards(ChatAccessGuard)
  @ApiParam(CHAT_ID)
  @ApiOperation({
    summary: 'Delete a chat',
    description: 'For owners and admins. The key of its vault is destroyed: originals are gone for good.',
  })
  @ApiNoContentResponse()
  @ApiErrors('chat_not_found', 'forbidden', 'conflict')
  delete(@CurrentChat() current: ChatAccess): Promise<void> {
    return this.chats.delete(current);
  }

  @Post(':chatId/connection-string')
  @HttpCode(201)
  @GuestsWelcome()
  @UseGuards(ChatAccessGuard)
  @Idempotent()
  @ApiParam(CHAT_ID)
  @ApiOperation({
    summary: 'Get a connection string',
    description:
      'Opens this chat on the socket namespace `/connect`, once and soon. With it comes the message key, with which every message of that session is signed.',
  })
  @ApiBody({ type: ConnectionStringRequestDto, required: false })
  @ApiCreatedResponse({ type: ConnectionStringDto })
  @ApiErrors('chat_not_found', 'validation_failed')
  connectionString(
    @CurrentPrincipal() principal: Principal,
    @CurrentChat() current: ChatAccess,
    @Body() request?: ConnectionStringRequestDto,
  ): ConnectionStringDto {
    return this.connectionStrings.issue(principal, current, request?.sessionSeconds);
  }
}
