import { type INestApplication, Injectable } from '@nestjs/common';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { createAsyncApiDocument } from './asyncapi.js';
import { createOpenApiDocument } from './openapi.js';

/** The API documents of this application, each made when it is first asked for. */
@Injectable()
export class ApiDocuments {
  private app: INestApplication | undefined;
  private openApiDocument: OpenAPIObject | undefined;
  private asyncApiDocument: object | undefined;

  /** Serves Swagger UI, whose assets are local, and the OpenAPI document. Called once, when all routes are known. */
  serve(app: INestApplication): void {
    this.app = app;
    SwaggerModule.setup('docs', app, () => this.openApi(), {
      jsonDocumentUrl: 'docs/json',
      raw: ['json'],
      customSiteTitle: 'Cloakroom API',
      swaggerOptions: { persistAuthorization: true, displayRequestDuration: true, tryItOutEnabled: true },
    });
  }

  openApi(): OpenAPIObject {
    if (!this.app) throw new Error('serve() comes first');
    this.openApiDocument ??= createOpenApiDocument(this.app);
    return this.openApiDocument;
  }

  asyncApi(): object {
    this.asyncApiDocument ??= createAsyncApiDocument(this.openApi());
    return this.asyncApiDocument;
  }
}
