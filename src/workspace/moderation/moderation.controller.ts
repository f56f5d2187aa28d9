import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { ApiErrors, Authenticated } from '../../auth/authenticated.decorator.js';
import { CurrentPrincipal } from '../../auth/current-principal.decorator.js';
import type { Principal } from '../../auth/principal.js';
import { MaskFreeText } from '../../edge/free-text.decorator.js';
import type { Page } from '../../edge/page.js';
import { PageQuery } from '../../edge/page.query.dto.js';
import {
  type ModerationEntryDto,
  ModerationPageDto,
  RestrictDto,
  RestrictionDto,
  RestrictionPageDto,
} from './moderation.dto.js';
import { ModerationService } from './moderation.service.js';

const WHOM = 'For owners and admins; owners are out of reach, admins are within that of owners. ';

@Authenticated('Moderation')
@Controller('v1/workspaces/:id')
export class ModerationController {
  constructor(private readonly moderation: ModerationService) {}

  @Put('bans/:userId')
  @MaskFreeText({ masked: ['reason'] })
  @ApiOperation({
    summary: 'Ban a user',
    description: `${WHOM}Who is banned neither reads nor joins; live sockets are closed. Membership comes back with the end.`,
  })
  @ApiOkResponse({ type: RestrictionDto })
  @ApiErrors('workspace_not_found', 'user_not_found', 'forbidden', 'validation_failed')
  ban(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('userId') userId: string,
    @Body() request: RestrictDto,
  ): Promise<RestrictionDto> {
    return this.moderation.restrict('ban', principal, id, userId, request);
  }

  @Delete('bans/:userId')
  @HttpCode(204)
  @ApiOperation({ summary: 'Lift a ban', description: 'For owners and admins.' })
  @ApiNoContentResponse()
  @ApiErrors('workspace_not_found', 'user_not_found', 'forbidden')
  liftBan(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('userId') userId: string,
  ): Promise<void> {
    return this.moderation.lift('ban', principal, id, userId);
  }

  @Get('bans')
  @ApiOperation({ summary: 'List the users who are banned now', description: 'For owners and admins.' })
  @ApiOkResponse({ type: RestrictionPageDto })
  @ApiErrors('workspace_not_found', 'forbidden', 'invalid_cursor')
  bans(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Query() page: PageQuery,
  ): Promise<Page<RestrictionDto>> {
    return this.moderation.list('ban', principal, id, page.limit, page.cursor);
  }

  @Put('mutes/:userId')
  @MaskFreeText({ masked: ['reason'] })
  @ApiOperation({ summary: 'Mute a user', description: `${WHOM}Who is muted reads, and writes nothing.` })
  @ApiOkResponse({ type: RestrictionDto })
  @ApiErrors('workspace_not_found', 'user_not_found', 'forbidden', 'validation_failed')
  mute(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('userId') userId: string,
    @Body() request: RestrictDto,
  ): Promise<RestrictionDto> {
    return this.moderation.restrict('mute', principal, id, userId, request);
  }

  @Delete('mutes/:userId')
  @HttpCode(204)
  @ApiOperation({ summary: 'Lift a mute', description: 'For owners and admins.' })
  @ApiNoContentResponse()
  @ApiErrors('workspace_not_found', 'user_not_found', 'forbidden')
  liftMute(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('userId') userId: string,
  ): Promise<void> {
    return this.moderation.lift('mute', principal, id, userId);
  }

  @Get('mutes')
  @ApiOperation({ summary: 'List the users who are muted now', description: 'For owners and admins.' })
  @ApiOkResponse({ type: RestrictionPageDto })
  @ApiErrors('workspace_not_found', 'forbidden', 'invalid_cursor')
  mutes(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Query() page: PageQuery,
  ): Promise<Page<RestrictionDto>> {
    return this.moderation.list('mute', principal, id, page.limit, page.cursor);
  }

  @Get('moderation')
  @ApiOperation({
    summary: 'Read the log of moderation',
    description:
      'For owners and admins: members, users who were removed altogether, invitations, bans, mutes, and messages deleted by others.',
  })
  @ApiOkResponse({ type: ModerationPageDto })
  @ApiErrors('workspace_not_found', 'forbidden', 'invalid_cursor')
  log(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Query() page: PageQuery,
  ): Promise<Page<ModerationEntryDto>> {
    return this.moderation.readLog(principal, id, page.limit, page.cursor);
  }
}
