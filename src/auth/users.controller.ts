import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { MaskFreeText } from '../edge/free-text.decorator.js';
import { CodedError } from '../errors/coded-error.js';
import { ApiErrors, Authenticated } from './authenticated.decorator.js';
import { RequiresScope } from './auth.guard.js';
import { CurrentPrincipal } from './current-principal.decorator.js';
import { Idempotent } from './idempotency.interceptor.js';
import type { Principal } from './principal.js';
import { CreateUserDto, UserDto } from './user.dto.js';
import { UserStore } from './user.store.js';

@Authenticated('Users and keys')
@Controller('v1/users')
export class UsersController {
  constructor(private readonly users: UserStore) {}

  @Post()
  @HttpCode(201)
  @RequiresScope('admin')
  @Idempotent()
  @MaskFreeText({ names: ['displayName'], identifiers: ['externalId'] })
  @ApiOperation({ summary: 'Create a user', description: 'Needs a key with the scope `admin`.' })
  @ApiCreatedResponse({ type: UserDto })
  @ApiErrors('forbidden', 'validation_failed', 'pii_in_identifier', 'conflict')
  async create(@Body() request: CreateUserDto): Promise<UserDto> {
    return UserDto.of(await this.users.create(request.displayName, request.externalId));
  }

  @Get('me')
  @ApiOperation({ summary: 'The user of the credential that makes the call' })
  @ApiOkResponse({ type: UserDto })
  @ApiErrors()
  async me(@CurrentPrincipal() principal: Principal): Promise<UserDto> {
    const user = await this.users.find(principal.userId);
    if (!user) throw new CodedError('unauthenticated');
    return UserDto.of(user);
  }
}
