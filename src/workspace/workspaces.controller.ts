import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { GuestsWelcome } from '../auth/auth.guard.js';
import { AnswerKeeper, type KeepAnswer } from '../auth/answer-keeper.js';
import { ApiErrors, Authenticated } from '../auth/authenticated.decorator.js';
import { CurrentPrincipal } from '../auth/current-principal.decorator.js';
import { Idempotent } from '../auth/idempotency.interceptor.js';
import type { Principal } from '../auth/principal.js';
import { MaskFreeText } from '../edge/free-text.decorator.js';
import type { Page } from '../edge/page.js';
import { PageQuery } from '../edge/page.query.dto.js';
import { CreateWorkspaceDto, UpdateWorkspaceDto, WorkspaceDto, WorkspacePageDto } from './workspace.dto.js';
import { WorkspacesService } from './workspaces.service.js';

@Authenticated('Workspaces')
@Controller('v1/workspaces')
export class WorkspacesController {
  constructor(private readonly workspaces: WorkspacesService) {}

  @Post()
  @HttpCode(201)
  @Idempotent()
  @MaskFreeText({ masked: ['name'] })
  @ApiOperation({ summary: 'Create a workspace', description: 'You become its owner. It comes with one default chat.' })
  @ApiCreatedResponse({ type: WorkspaceDto })
  @ApiErrors('validation_failed')
  create(
    @CurrentPrincipal() principal: Principal,
    @Body() request: CreateWorkspaceDto,
    @AnswerKeeper() keepAnswer: KeepAnswer,
  ): Promise<WorkspaceDto> {
    return this.workspaces.create(principal, request, keepAnswer);
  }

  @Get()
  @ApiOperation({ summary: 'List the workspaces that you are a member of' })
  @ApiOkResponse({ type: WorkspacePageDto })
  @ApiErrors('invalid_cursor')
  list(@CurrentPrincipal() principal: Principal, @Query() page: PageQuery): Promise<Page<WorkspaceDto>> {
    return this.workspaces.list(principal, page.limit, page.cursor);
  }

  @Get(':id')
  @GuestsWelcome()
  @ApiOperation({ summary: 'Read a workspace', description: 'For members; for everybody where it is public.' })
  @ApiOkResponse({ type: WorkspaceDto })
  @ApiErrors('workspace_not_found')
  get(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<WorkspaceDto> {
    return this.workspaces.get(principal, id);
  }

  @Patch(':id')
  @MaskFreeText({ masked: ['name'] })
  @ApiOperation({ summary: 'Change name, visibility or PII policy', description: 'For owners.' })
  @ApiOkResponse({ type: WorkspaceDto })
  @ApiErrors('workspace_not_found', 'forbidden', 'validation_failed')
  update(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() request: UpdateWorkspaceDto,
  ): Promise<WorkspaceDto> {
    return this.workspaces.update(principal, id, request);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Delete a workspace',
    description: 'For owners. Its chats close, and the keys of its vault are destroyed: originals are gone for good.',
  })
  @ApiNoContentResponse()
  @ApiErrors('workspace_not_found', 'forbidden')
  delete(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    return this.workspaces.delete(principal, id);
  }
}
