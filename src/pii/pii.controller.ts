import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { ApiErrors, Authenticated } from '../auth/authenticated.decorator.js';
import type { AuthenticatedRequest } from '../auth/principal.js';
import { readerOf } from './audit/reader.js';
import { DetectDto, DetectedDto, RehydrateDto, RehydratedDto } from './pii.dto.js';
import { PiiService } from './pii.service.js';

@Authenticated('PII')
@Controller('v1/pii')
export class PiiController {
  constructor(private readonly pii: PiiService) {}

  @Post('detect')
  @HttpCode(200)
  @ApiOperation({ summary: 'Preview what would be masked', description: 'Stores nothing.' })
  @ApiOkResponse({ type: DetectedDto })
  @ApiErrors(
    'validation_failed',
    'pii_mapping_malformed',
    'auto_pii_mapping_malformed',
    'chat_not_found',
    'payload_too_large',
  )
  detect(@Req() { principal }: AuthenticatedRequest, @Body() request: DetectDto): Promise<DetectedDto> {
    return this.pii.detect(principal, request);
  }

  @Post('rehydrate')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Put originals back into a text',
    description:
      'One pass over the placeholders written in the text: with your own mapping, from the vault of a chat, or both.',
  })
  @ApiOkResponse({ type: RehydratedDto })
  @ApiErrors('validation_failed', 'pii_mapping_malformed', 'chat_not_found', 'pii_access_required', 'payload_too_large')
  rehydrate(@Req() caller: AuthenticatedRequest, @Body() request: RehydrateDto): Promise<RehydratedDto> {
    return this.pii.rehydrate(request, readerOf(caller));
  }
}
