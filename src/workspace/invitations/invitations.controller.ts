import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { AnswerKeeper, type KeepAnswer } from '../../auth/answer-keeper.js';
import { ApiErrors, Authenticated } from '../../auth/authenticated.decorator.js';
import { CurrentPrincipal } from '../../auth/current-principal.decorator.js';
import { Idempotent } from '../../auth/idempotency.interceptor.js';
import type { AuthenticatedRequest, Principal } from '../../auth/principal.js';
import type { Page } from '../../edge/page.js';
import { PageQuery } from '../../edge/page.query.dto.js';
import {
  AcceptInvitationDto,
  CreatedInvitationDto,
  CreateInvitationDto,
  type InvitationDto,
  InvitationPageDto,
  MembershipDto,
} from './invitation.dto.js';
import { InvitationsService } from './invitations.service.js';

@Authenticated('Moderation')
@Controller('v1')
export class InvitationsController {
  constructor(private readonly invitations: InvitationsService) {}

  @Post('workspaces/:id/invitations')
  @HttpCode(201)
  @Idempotent()
  @ApiOperation({
    summary: 'Invite by a link',
    description:
      'For owners and admins. The token is shown this once; it is good for as long as whoever made it is owner or admin.',
  })
  @ApiCreatedResponse({ type: CreatedInvitationDto })
  @ApiErrors('workspace_not_found', 'forbidden', 'validation_failed')
  create(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() request: CreateInvitationDto,
    @AnswerKeeper() keepAnswer: KeepAnswer,
  ): Promise<CreatedInvitationDto> {
    return this.invitations.create(principal, id, request, keepAnswer);
  }

  @Get('workspaces/:id/invitations')
  @ApiOperation({
    summary: 'List the invitations that are open',
    description: 'For owners and admins; without tokens.',
  })
  @ApiOkResponse({ type: InvitationPageDto })
  @ApiErrors('workspace_not_found', 'forbidden', 'invalid_cursor')
  list(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Query() page: PageQuery,
  ): Promise<Page<InvitationDto>> {
    return this.invitations.list(principal, id, page.limit, page.cursor);
  }

  @Delete('workspaces/:id/invitations/:invitationId')
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke an invitation', description: 'For owners and admins. Members stay members.' })
  @ApiNoContentResponse()
  @ApiErrors('workspace_not_found', 'forbidden', 'not_found')
  revoke(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('invitationId') invitationId: string,
  ): Promise<void> {
    return this.invitations.revoke(principal, id, invitationId);
  }

  @Post('invitations/accept')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Accept an invitation',
    description: 'For everybody with a credential. Who is a member already stays what they are and uses nothing up.',
  })
  @ApiOkResponse({ type: MembershipDto })
  @ApiErrors('invitation_invalid', 'too_many_failures', 'validation_failed')
  accept(@Req() request: AuthenticatedRequest, @Body() { token }: AcceptInvitationDto): Promise<MembershipDto> {
    return this.invitations.accept(request.principal, request.ip, token);
  }
}
