import { Controller, Get, Header, Param } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Open } from '../auth/auth.guard.js';
import { CodedError } from '../errors/coded-error.js';
import { ApiDocuments } from './api-documents.js';
import { errorPage, errorsPage } from './error-pages.js';

const HTML = 'text/html; charset=utf-8';

/** Documents beside Swagger UI, for everybody. */
@Open()
@ApiExcludeController()
@Controller('docs')
export class DocumentsController {
  constructor(private readonly documents: ApiDocuments) {}

  @Get('asyncapi.json')
  asyncApi(): object {
    return this.documents.asyncApi();
  }

  @Get('errors')
  @Header('Content-Type', HTML)
  errors(): string {
    return errorsPage();
  }

  @Get('errors/:code')
  @Header('Content-Type', HTML)
  error(@Param('code') code: string): string {
    const page = errorPage(code);
    if (page === undefined) throw new CodedError('not_found');
    return page;
  }
}
