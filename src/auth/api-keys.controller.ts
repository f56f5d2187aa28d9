import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { MaskFreeText } from '../edge/free-text.decorator.js';
import type { Page } from '../edge/page.js';
import { PageQuery } from '../edge/page.query.dto.js';
import { AnswerKeeper, type KeepAnswer } from './answer-keeper.js';
import { ApiKeyDto, ApiKeyPageDto, CreateApiKeyDto, CreatedApiKeyDto } from './api-key.dto.js';
import { ApiKeysService } from './api-keys.service.js';
import { ApiErrors, Authenticated } from './authenticated.decorator.js';
import { CurrentPrincipal } from './current-principal.decorator.js';
import { Idempotent } from './idempotency.interceptor.js';
import type { Principal } from './principal.js';

@Authenticated('Users and keys')
@Controller('v1')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeysService) {}

  @Post('users/:id/api-keys')
  @HttpCode(201)
  @Idempotent()
  @MaskFreeText({ masked: ['name'] })
  @ApiOperation({
    summary: 'Create an API key',
    description:
      'For yourself, or for anybody with the scope `admin`. To rotate, create the new key, then revoke the old.',
  })
  @ApiCreatedResponse({ type: CreatedApiKeyDto })
  @ApiErrors('forbidden', 'user_not_found', 'validation_failed')
  create(
    @CurrentPrincipal() principal: Principal,
    @Param('id') userId: string,
    @Body() request: CreateApiKeyDto,
    @AnswerKeeper() keepAnswer: KeepAnswer,
  ): Promise<CreatedApiKeyDto> {
    return this.keys.create(principal, userId, request, keepAnswer);
  }

  @Get('users/:id/api-keys')
  @ApiOperation({ summary: 'List the API keys of a user' })
  @ApiOkResponse({ type: ApiKeyPageDto })
  @ApiErrors('user_not_found', 'invalid_cursor')
  list(
    @CurrentPrincipal() principal: Principal,
    @Param('id') userId: string,
    @Query() page: PageQuery,
  ): Promise<Page<ApiKeyDto>> {
    return this.keys.list(principal, userId, page.limit, page.cursor);
  }

  @Delete('api-keys/:id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke an API key', description: 'Its live sockets are closed within a second.' })
  @ApiNoContentResponse()
  @ApiErrors('api_key_not_found')
  revoke(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    return this.keys.revoke(principal, id);
  }
}
