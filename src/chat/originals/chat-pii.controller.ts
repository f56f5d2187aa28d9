import { Body, Controller, Get, HttpCode, Post, Query, Req, UseGuards } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import { ApiErrors, Authenticated } from '../../auth/authenticated.decorator.js';
import { PageQuery } from '../../edge/page.query.dto.js';
import { readerOf } from '../../pii/audit/reader.js';
import { ChatAccessGuard } from '../chat-access.guard.js';
import { PlaceholderPageDto, RevealDto, RevealedDto } from './chat-pii.dto.js';
import { ChatPiiService } from './chat-pii.service.js';
import type { ChatRequest } from '../chat-request.js';

@Authenticated('PII')
@UseGuards(ChatAccessGuard)
@ApiParam({ name: 'chatId', schema: { type: 'string', format: 'uuid' } })
@Controller('v1/chat/:chatId/pii')
export class ChatPiiController {
  constructor(private readonly pii: ChatPiiService) {}

  @Get()
  @ApiOperation({ summary: 'List the placeholders of a chat', description: 'With type and use, never with a value.' })
  @ApiOkResponse({ type: PlaceholderPageDto })
  @ApiErrors('chat_not_found', 'forbidden', 'invalid_cursor')
  list(@Req() request: ChatRequest, @Query() page: PageQuery): Promise<PlaceholderPageDto> {
    return this.pii.list(request, page.limit, page.cursor);
  }

  @Post('reveal')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Show the originals of chosen placeholders',
    description: 'Needs piiAccess and a key with the scope `pii:rehydrate`; audited.',
  })
  @ApiHeader({ name: 'X-Access-Reason', required: false, description: 'Why; kept, masked, in the audit.' })
  @ApiOkResponse({ type: RevealedDto })
  @ApiErrors('chat_not_found', 'pii_access_required', 'access_reason_required', 'validation_failed')
  reveal(@Req() request: ChatRequest, @Body() body: RevealDto): Promise<RevealedDto> {
    return this.pii.reveal(request, body, readerOf(request));
  }
}
