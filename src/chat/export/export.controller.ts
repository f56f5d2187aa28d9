import { Readable } from 'node:stream';
import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, StreamableFile } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiProduces } from '@nestjs/swagger';
import { ApiErrors, Authenticated } from '../../auth/authenticated.decorator.js';
import type { AuthenticatedRequest } from '../../auth/principal.js';
import { readerOf } from '../../pii/audit/reader.js';
import { ExportQuery, SubjectExportDto } from './export.dto.js';
import { ExportService } from './export.service.js';

const NDJSON = 'application/x-ndjson';
const REASON = { name: 'X-Access-Reason', required: false, description: 'Why; kept, masked, in the audit.' } as const;

@Authenticated('PII')
@Controller('v1/workspaces/:id/export')
export class ExportController {
  constructor(private readonly exports: ExportService) {}

  @Get()
  @ApiOperation({
    summary: 'Export all messages of a workspace',
    description: 'For owners and admins. One JSON object a line; lines with only `cursor` say where to go on.',
  })
  @ApiHeader(REASON)
  @ApiProduces(NDJSON)
  @ApiOkResponse({ description: 'One message a line', schema: { type: 'string' } })
  @ApiErrors('workspace_not_found', 'forbidden', 'pii_access_required', 'access_reason_required', 'invalid_cursor')
  async workspace(
    @Req() request: AuthenticatedRequest,
    @Param('id') id: string,
    @Query() { rehydrate, cursor }: ExportQuery,
  ): Promise<StreamableFile> {
    const lines = await this.exports.workspace(readerOf(request), id, rehydrate === 'true', cursor);
    return new StreamableFile(Readable.from(lines), { type: NDJSON });
  }

  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Export what shows a person’s value',
    description: 'For owners and admins with piiAccess and a key with `pii:rehydrate`; audited.',
  })
  @ApiHeader(REASON)
  @ApiProduces(NDJSON)
  @ApiOkResponse({ description: 'One message a line', schema: { type: 'string' } })
  @ApiErrors('workspace_not_found', 'forbidden', 'pii_access_required', 'access_reason_required', 'validation_failed')
  async subject(
    @Req() request: AuthenticatedRequest,
    @Param('id') id: string,
    @Body() { type, value }: SubjectExportDto,
  ): Promise<StreamableFile> {
    const lines = await this.exports.subject(readerOf(request), id, type, value);
    return new StreamableFile(Readable.from(lines), { type: NDJSON });
  }
}
