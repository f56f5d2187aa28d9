import { Controller, Delete, HttpCode, Param } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation } from '@nestjs/swagger';
import { RequiresScope } from '../auth/auth.guard.js';
import { ApiErrors, Authenticated } from '../auth/authenticated.decorator.js';
import { CurrentPrincipal } from '../auth/current-principal.decorator.js';
import type { Principal } from '../auth/principal.js';
import { UserRemoval } from './user-removal.js';

/** Here and not with the other routes of users, since memberships go along. */
@Authenticated('Users and keys')
@Controller('v1/users')
export class UserRemovalController {
  constructor(private readonly removal: UserRemoval) {}

  @Delete(':userId')
  @HttpCode(204)
  @RequiresScope('admin')
  @ApiOperation({
    summary: 'Remove a user',
    description:
      'Keys and memberships go along, sessions end, messages stay. 409 for oneself, and while the user is the last owner ' +
      'of a workspace. Needs a key with the scope `admin`.',
  })
  @ApiNoContentResponse()
  @ApiErrors('forbidden', 'user_not_found', 'conflict')
  remove(@CurrentPrincipal() principal: Principal, @Param('userId') userId: string): Promise<void> {
    return this.removal.remove(principal, userId);
  }
}
