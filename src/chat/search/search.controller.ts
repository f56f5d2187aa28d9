import { Body, Controller, HttpCode, Param, Post, Req, UseGuards } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import { ApiErrors, Authenticated } from '../../auth/authenticated.decorator.js';
import { CurrentPrincipal } from '../../auth/current-principal.decorator.js';
import type { AuthenticatedRequest, Principal } from '../../auth/principal.js';
import type { Page } from '../../edge/page.js';
import { readerOf } from '../../pii/audit/reader.js';
import type { ChatAccess } from '../chat-access.js';
import { ChatAccessGuard } from '../chat-access.guard.js';
import { CurrentChat } from '../current-chat.decorator.js';
import type { MessageView } from '../messages/message-view.js';
import { FoundPageDto, SearchDto, SearchValueDto } from './search.dto.js';
import { SearchService } from './search.service.js';

@Authenticated('Search')
@Controller('v1')
export class SearchController {
  constructor(private readonly search: SearchService) {}

  @Post('chat/:chatId/search')
  @HttpCode(200)
  @UseGuards(ChatAccessGuard)
  @ApiParam({ name: 'chatId', schema: { type: 'string', format: 'uuid' } })
  @ApiOperation({ summary: 'Search a chat', description: 'Over masked texts as they are now.' })
  @ApiOkResponse({ type: FoundPageDto })
  @ApiErrors('chat_not_found', 'validation_failed', 'invalid_cursor')
  inChat(@CurrentChat() current: ChatAccess, @Body() request: SearchDto): Promise<Page<MessageView>> {
    return this.search.inChat(current, request);
  }

  @Post('workspaces/:id/search')
  @HttpCode(200)
  @ApiOperation({ summary: 'Search all chats of a workspace', description: 'Over masked texts as they are now.' })
  @ApiOkResponse({ type: FoundPageDto })
  @ApiErrors('workspace_not_found', 'validation_failed', 'invalid_cursor')
  inWorkspace(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() request: SearchDto,
  ): Promise<Page<MessageView>> {
    return this.search.inWorkspace(principal, id, request);
  }

  @Post('workspaces/:id/search/values')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Find the messages that hide a value',
    description:
      'Exactly this value, in all chats of the workspace. Needs piiAccess and a key with the scope `pii:rehydrate`; audited.',
  })
  @ApiHeader({ name: 'X-Access-Reason', required: false, description: 'Why; kept, masked, in the audit.' })
  @ApiOkResponse({ type: FoundPageDto })
  @ApiErrors(
    'workspace_not_found',
    'pii_access_required',
    'access_reason_required',
    'validation_failed',
    'invalid_cursor',
  )
  byValue(
    @Req() request: AuthenticatedRequest,
    @Param('id') id: string,
    @Body() body: SearchValueDto,
  ): Promise<Page<MessageView>> {
    return this.search.byValue(readerOf(request), request.ip, id, body);
  }
}
