import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import { ApiErrors, Authenticated } from '../../auth/authenticated.decorator.js';
import { CurrentPrincipal } from '../../auth/current-principal.decorator.js';
import type { Principal } from '../../auth/principal.js';
import { MaskFreeText } from '../../edge/free-text.decorator.js';
import { ENTITY_TYPE_PATTERN } from '../entity-type.js';
import { PutTenantPatternDto, TenantPatternDto, TenantPatternListDto } from './tenant-pattern.dto.js';
import { TenantPatterns } from './tenant-patterns.js';

const TYPE = { name: 'type', schema: { type: 'string', pattern: ENTITY_TYPE_PATTERN.source } } as const;

@Authenticated('PII')
@Controller('v1/workspaces/:id/patterns')
export class TenantPatternsController {
  constructor(private readonly patterns: TenantPatterns) {}

  @Get()
  @ApiOperation({ summary: "List the workspace's own recognizers", description: 'For owners and admins.' })
  @ApiOkResponse({ type: TenantPatternListDto })
  @ApiErrors('workspace_not_found', 'forbidden')
  list(@CurrentPrincipal() principal: Principal, @Param('id') workspaceId: string): Promise<TenantPatternListDto> {
    return this.patterns.list(principal, workspaceId);
  }

  @Put(':type')
  @MaskFreeText({ identifiers: ['expression', 'context'] })
  @ApiOperation({
    summary: 'Add a recognizer of your own, or change it',
    description:
      'For owners and admins; one for each entity type, 16 in all. Holds for what is sent after the answer, within seconds ' +
      'on sockets of other nodes. A type that the service knows gets finds of both.',
  })
  @ApiParam(TYPE)
  @ApiOkResponse({ type: TenantPatternDto })
  @ApiErrors('workspace_not_found', 'forbidden', 'validation_failed', 'pii_in_identifier', 'pattern_refused')
  put(
    @CurrentPrincipal() principal: Principal,
    @Param('id') workspaceId: string,
    @Param('type') type: string,
    @Body() { expression, context, score }: PutTenantPatternDto,
  ): Promise<TenantPatternDto> {
    return this.patterns.put(principal, workspaceId, { type, expression, context, score });
  }

  @Delete(':type')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Remove a recognizer of your own',
    description: 'For owners and admins. What it has found before stays masked.',
  })
  @ApiParam(TYPE)
  @ApiNoContentResponse()
  @ApiErrors('workspace_not_found', 'not_found', 'forbidden')
  delete(
    @CurrentPrincipal() principal: Principal,
    @Param('id') workspaceId: string,
    @Param('type') type: string,
  ): Promise<void> {
    return this.patterns.delete(principal, workspaceId, type);
  }
}
