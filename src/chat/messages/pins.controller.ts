import { Controller, Get, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import { GuestsWelcome } from '../../auth/auth.guard.js';
import { ApiErrors, Authenticated } from '../../auth/authenticated.decorator.js';
import type { ChatAccess } from '../chat-access.js';
import { ChatAccessGuard } from '../chat-access.guard.js';
import { CurrentChat } from '../current-chat.decorator.js';
import { MessageDto } from './message.dto.js';
import { MessageChanges } from './message-changes.service.js';
import type { MessageView } from './message-view.js';

@Authenticated('Messages')
@GuestsWelcome()
@UseGuards(ChatAccessGuard)
@Controller('v1/chat/:chatId/pins')
export class PinsController {
  constructor(private readonly changes: MessageChanges) {}

  @Get()
  @ApiParam({ name: 'chatId', schema: { type: 'string', format: 'uuid' } })
  @ApiOperation({ summary: 'List the pinned messages of a chat', description: 'The latest pin first; 100 at most.' })
  @ApiOkResponse({ type: [MessageDto] })
  @ApiErrors('chat_not_found')
  list(@CurrentChat() current: ChatAccess): Promise<MessageView[]> {
    return this.changes.pinned(current);
  }
}
