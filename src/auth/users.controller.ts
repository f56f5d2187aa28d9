import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { MaskFreeText } from '../edge/free-text.decorator.js';
import { AnswerKeeper, type KeepAnswer } from './answer-keeper.js';
import { ApiErrors, Authenticated } from './authenticated.decorator.js';
import { RequiresScope } from './auth.guard.js';
import { CurrentPrincipal } from './current-principal.decorator.js';
import { Idempotent } from './idempotency.interceptor.js';
import type { Principal } from './principal.js';
import { CreateUserDto, UserDto } from './user.dto.js';
import { UsersService } from './users.service.js';

@Authenticated('Users and keys')
@Controller('v1/users')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Post()
  @HttpCode(201)
  @RequiresScope('admin')
  @Idempotent()
  @MaskFreeText({ names: ['displayName'], identifiers: ['externalId'] })
  @ApiOperation({ summary: 'Create a user', description: 'Needs a key with the scope `admin`.' })
  @ApiCreatedResponse({ type: UserDto })
  @ApiErrors('forbidden', 'validation_failed', 'pii_in_identifier', 'conflict')
  create(@Body() request: CreateUserDto, @AnswerKeeper() keepAnswer: KeepAnswer): Promise<UserDto> {
    return this.users.create(request, keepAnswer);
  }

  @Get('me')
  @ApiOperation({ summary: 'The user of the credential that makes the call' })
  @ApiOkResponse({ type: UserDto })
  @ApiErrors()
  me(@CurrentPrincipal() principal: Principal): Promise<UserDto> {
    return this.users.get(principal);
  }
}
