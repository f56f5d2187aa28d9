import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { ApiErrors, Authenticated } from '../auth/authenticated.decorator.js';
import { CurrentPrincipal } from '../auth/current-principal.decorator.js';
import type { Principal } from '../auth/principal.js';
import type { Page } from '../edge/page.js';
import { PageQuery } from '../edge/page.query.dto.js';
import { MembersService } from './members.service.js';
import { MemberDto, MemberPageDto, PutMemberDto } from './workspace.dto.js';

@Authenticated('Workspaces')
@Controller('v1/workspaces/:id/members')
export class MembersController {
  constructor(private readonly members: MembersService) {}

  @Get()
  @ApiOperation({ summary: 'List the members', description: 'For owners and admins.' })
  @ApiOkResponse({ type: MemberPageDto })
  @ApiErrors('workspace_not_found', 'forbidden', 'invalid_cursor')
  list(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Query() page: PageQuery,
  ): Promise<Page<MemberDto>> {
    return this.members.list(principal, id, page.limit, page.cursor);
  }

  @Put(':userId')
  @ApiOperation({
    summary: 'Add a member or change role and grant',
    description: 'For owners and admins; only owners make or change owners.',
  })
  @ApiOkResponse({ type: MemberDto })
  @ApiErrors('workspace_not_found', 'user_not_found', 'forbidden', 'conflict', 'validation_failed')
  put(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('userId') userId: string,
    @Body() request: PutMemberDto,
  ): Promise<MemberDto> {
    return this.members.put(principal, id, userId, request);
  }

  @Delete(':userId')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a member', description: 'For owners and admins, and for yourself.' })
  @ApiNoContentResponse()
  @ApiErrors('workspace_not_found', 'user_not_found', 'forbidden', 'conflict')
  remove(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('userId') userId: string,
  ): Promise<void> {
    return this.members.remove(principal, id, userId);
  }
}
