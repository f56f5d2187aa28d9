import { Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import { ApiErrors, Authenticated } from '../../auth/authenticated.decorator.js';
import { CurrentPrincipal } from '../../auth/current-principal.decorator.js';
import type { Principal } from '../../auth/principal.js';
import type { Page } from '../../edge/page.js';
import { PageQuery } from '../../edge/page.query.dto.js';
import { SESSION_ID } from '../socket/session-id.js';
import { UserSessionDto, UserSessionPageDto } from './user-session.dto.js';
import { UserSessions } from './user-sessions.service.js';

/** Here and not with the other routes of users, since sessions are those of sockets. */
@Authenticated('Users and keys')
@Controller('v1/users/:id/sessions')
export class UserSessionsController {
  constructor(private readonly sessions: UserSessions) {}

  @Get()
  @ApiOperation({
    summary: 'List the open sessions of a user',
    description:
      'Those on the sockets of all nodes: your own, or anybody’s with the scope `admin`. A session stands here about ' +
      'a second after it was opened, and ten seconds after its node died no more.',
  })
  @ApiOkResponse({ type: UserSessionPageDto })
  @ApiErrors('user_not_found', 'invalid_cursor')
  list(
    @CurrentPrincipal() principal: Principal,
    @Param('id') userId: string,
    @Query() page: PageQuery,
  ): Promise<Page<UserSessionDto>> {
    return this.sessions.list(principal, userId, page.limit, page.cursor);
  }

  @Delete()
  @HttpCode(204)
  @ApiOperation({
    summary: 'End all sessions of a user',
    description:
      'On all nodes, within a second. Connection strings that were issued before are refused, too; those that are asked ' +
      'for after the answer, which takes up to a second, are good. Whoever might come back with a key that leaked: ' +
      'revoke the key.',
  })
  @ApiNoContentResponse()
  @ApiErrors('user_not_found')
  endAll(@CurrentPrincipal() principal: Principal, @Param('id') userId: string): Promise<void> {
    return this.sessions.endAll(principal, userId);
  }

  @Delete(':sessionId')
  @HttpCode(204)
  @ApiOperation({
    summary: 'End a session of a user',
    description:
      'On whatever node it is, within a second: its socket gets `session:ended` with `access_revoked` and is closed. ' +
      'The answer is the same where there is no such session, or no longer.',
  })
  @ApiParam({ name: 'sessionId', schema: { type: 'string', pattern: SESSION_ID.source, minLength: 22, maxLength: 22 } })
  @ApiNoContentResponse()
  @ApiErrors('user_not_found', 'validation_failed')
  end(
    @CurrentPrincipal() principal: Principal,
    @Param('id') userId: string,
    @Param('sessionId') sessionId: string,
  ): Promise<void> {
    return this.sessions.end(principal, userId, sessionId);
  }
}
