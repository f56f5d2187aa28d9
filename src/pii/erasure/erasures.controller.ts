import { Body, Controller, Get, Param, Post, Query, Req } from '@nestjs/common';
import { ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { AnswerKeeper, type KeepAnswer } from '../../auth/answer-keeper.js';
import { ApiErrors, Authenticated } from '../../auth/authenticated.decorator.js';
import { CurrentPrincipal } from '../../auth/current-principal.decorator.js';
import { Idempotent } from '../../auth/idempotency.interceptor.js';
import type { AuthenticatedRequest, Principal } from '../../auth/principal.js';
import { PageQuery } from '../../edge/page.query.dto.js';
import { readerOf } from '../audit/reader.js';
import { EraseDto, ErasureDto, ErasurePageDto } from './erasure.dto.js';
import { ErasuresService } from './erasures.service.js';

@Authenticated('PII')
@Controller('v1/workspaces/:id/erasures')
export class ErasuresController {
  constructor(private readonly erasures: ErasuresService) {}

  @Post()
  @Idempotent()
  @ApiOperation({
    summary: 'Erase originals for good',
    description:
      'For owners. By `type` and `value` in all chats, by user, by chat or all. Messages keep their placeholders, which ' +
      'nobody can turn back; a value that is sent again gets a new one. The answer is a signed receipt.',
  })
  @ApiHeader({ name: 'X-Access-Reason', required: false, description: 'Why; kept, masked, in the audit.' })
  @ApiCreatedResponse({ type: ErasureDto })
  @ApiErrors('workspace_not_found', 'chat_not_found', 'forbidden', 'validation_failed')
  erase(
    @Req() request: AuthenticatedRequest,
    @Param('id') workspaceId: string,
    @Body() body: EraseDto,
    @AnswerKeeper() keepAnswer: KeepAnswer,
  ): Promise<ErasureDto> {
    return this.erasures.erase(readerOf(request), workspaceId, body, keepAnswer);
  }

  @Get()
  @ApiOperation({ summary: 'List the receipts of erasures', description: 'For owners.' })
  @ApiOkResponse({ type: ErasurePageDto })
  @ApiErrors('workspace_not_found', 'forbidden', 'invalid_cursor')
  list(
    @CurrentPrincipal() principal: Principal,
    @Param('id') workspaceId: string,
    @Query() page: PageQuery,
  ): Promise<ErasurePageDto> {
    return this.erasures.list(principal, workspaceId, page.limit, page.cursor);
  }

  @Get(':erasureId')
  @ApiOperation({ summary: 'Read the receipt of an erasure', description: 'For owners.' })
  @ApiOkResponse({ type: ErasureDto })
  @ApiErrors('workspace_not_found', 'not_found', 'forbidden')
  get(
    @CurrentPrincipal() principal: Principal,
    @Param('id') workspaceId: string,
    @Param('erasureId') erasureId: string,
  ): Promise<ErasureDto> {
    return this.erasures.get(principal, workspaceId, erasureId);
  }
}
