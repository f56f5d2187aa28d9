import { Controller, Delete, HttpCode, Param } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import { RequiresScope } from './auth.guard.js';
import { ApiErrors, Authenticated } from './authenticated.decorator.js';
import { CurrentPrincipal } from './current-principal.decorator.js';
import type { Principal } from './principal.js';
import { TokenKeys } from './token-keys.service.js';

@Authenticated('Users and keys')
@Controller('v1/token-keys')
export class TokenKeysController {
  constructor(private readonly keys: TokenKeys) {}

  @Delete(':kid')
  @HttpCode(204)
  @RequiresScope('admin')
  @ApiOperation({
    summary: 'Revoke a key that signs connection strings',
    description:
      'On all nodes and for good: strings made with it are refused, sessions that it opened end. Take it out of ' +
      '`TOKEN_KEYS` at the next restart. Needs a key with the scope `admin`.',
  })
  @ApiParam({ name: 'kid', description: 'Its name in `TOKEN_KEYS`.', example: '2026-03' })
  @ApiNoContentResponse()
  @ApiErrors('forbidden', 'token_key_not_found', 'conflict')
  revoke(@CurrentPrincipal() principal: Principal, @Param('kid') kid: string): Promise<void> {
    return this.keys.revoke(principal, kid);
  }
}
