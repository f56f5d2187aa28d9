import { Body, Controller, Get, Put, Req, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import { ApiErrors, Authenticated } from '../../auth/authenticated.decorator.js';
import { ChatAccessGuard } from '../chat-access.guard.js';
import type { ChatRequest } from '../chat-request.js';
import { ReadMarkDto, ReadStateDto, SetReadMarkDto } from './read-mark.dto.js';
import { ReadMarks } from './read-marks.service.js';

@Authenticated('Chats')
@UseGuards(ChatAccessGuard)
@ApiParam({ name: 'chatId', schema: { type: 'string', format: 'uuid' } })
@Controller('v1/chat/:chatId/read')
export class ReadMarksController {
  constructor(private readonly readMarks: ReadMarks) {}

  @Get()
  @ApiOperation({ summary: 'How far you have read, and how much is left' })
  @ApiOkResponse({ type: ReadStateDto })
  @ApiErrors('chat_not_found', 'forbidden')
  get(@Req() request: ChatRequest): Promise<ReadStateDto> {
    return this.readMarks.get(request.principal, request);
  }

  @Put()
  @ApiOperation({ summary: 'Say how far you have read', description: 'A mark never goes back.' })
  @ApiOkResponse({ type: ReadMarkDto })
  @ApiErrors('chat_not_found', 'forbidden', 'validation_failed')
  set(@Req() request: ChatRequest, @Body() { seq }: SetReadMarkDto): Promise<ReadMarkDto> {
    return this.readMarks.set(request.principal, request, seq);
  }
}
