import { Controller, Get, Query, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import { ApiErrors, Authenticated } from '../../auth/authenticated.decorator.js';
import type { Page } from '../../edge/page.js';
import { PageQuery } from '../../edge/page.query.dto.js';
import type { ChatAccess } from '../chat-access.js';
import { ChatAccessGuard } from '../chat-access.guard.js';
import { CurrentChat } from '../current-chat.decorator.js';
import { MemberPresenceDto, MemberPresencePageDto } from './presence.dto.js';
import { Presence } from './presence.js';

@Authenticated('Chats')
@UseGuards(ChatAccessGuard)
@Controller('v1/chat/:chatId/presence')
export class PresenceController {
  constructor(private readonly presence: Presence) {}

  @Get()
  @ApiParam({ name: 'chatId', schema: { type: 'string', format: 'uuid' } })
  @ApiOperation({
    summary: 'List who is in a chat, and when the others were last seen',
    description: 'For members. Members who never opened the chat on the socket are not listed, nor are visitors.',
  })
  @ApiOkResponse({ type: MemberPresencePageDto })
  @ApiErrors('chat_not_found', 'forbidden', 'invalid_cursor')
  list(@CurrentChat() current: ChatAccess, @Query() page: PageQuery): Promise<Page<MemberPresenceDto>> {
    return this.presence.list(current, page.limit, page.cursor);
  }
}
