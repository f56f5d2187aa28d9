import { applyDecorators, Controller, Get, Header, Headers, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Open } from '../auth/auth.guard.js';
import { CodedError } from '../errors/coded-error.js';
import { ApiDocuments } from './api-documents.js';
import { errorPage, errorsPage, unknownErrorPage } from './error-pages.js';
import { eventsPage } from './events-page.js';
import { PAGE_POLICY, PAGE_STYLE } from './page.js';

/** Answers with a page: a policy that allows no script, in place of the one that Swagger UI needs. */
const Page = () =>
  applyDecorators(
    Header('Content-Type', 'text/html; charset=utf-8'),
    Header('Content-Security-Policy', PAGE_POLICY),
    Header('Cache-Control', 'no-cache'),
  );

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

  @Get('events')
  @Page()
  events(): string {
    return eventsPage(this.documents.asyncApi());
  }

  @Get('page.css')
  @Header('Content-Type', 'text/css; charset=utf-8')
  style(): string {
    return PAGE_STYLE;
  }

  @Get('errors')
  @Page()
  errors(): string {
    return errorsPage();
  }

  @Get('errors/:code')
  @Page()
  error(
    @Param('code') code: string,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: { status(status: number): unknown },
  ): string {
    const page = errorPage(code);
    if (page !== undefined) return page;
    if (accept?.includes('text/html') !== true) throw new CodedError('not_found');
    reply.status(404);
    return unknownErrorPage();
  }
}
