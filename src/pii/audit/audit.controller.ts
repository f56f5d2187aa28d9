import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { ApiErrors, Authenticated } from '../../auth/authenticated.decorator.js';
import { CurrentPrincipal } from '../../auth/current-principal.decorator.js';
import type { Principal } from '../../auth/principal.js';
import { PageQuery } from '../../edge/page.query.dto.js';
import { AuditPageDto } from './audit.dto.js';
import { AuditService } from './audit.service.js';

@Authenticated('PII')
@Controller('v1/workspaces/:id/audit')
export class AuditController {
  constructor(private readonly audit: AuditService) {}

  @Get()
  @ApiOperation({ summary: 'Read who saw originals', description: 'For owners and admins. Latest first.' })
  @ApiOkResponse({ type: AuditPageDto })
  @ApiErrors('workspace_not_found', 'forbidden', 'invalid_cursor')
  list(
    @CurrentPrincipal() principal: Principal,
    @Param('id') workspaceId: string,
    @Query() page: PageQuery,
  ): Promise<AuditPageDto> {
    return this.audit.list(principal, workspaceId, page.limit, page.cursor);
  }
}
