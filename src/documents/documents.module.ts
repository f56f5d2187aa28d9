import { Module } from '@nestjs/common';
import { ApiDocuments } from './api-documents.js';
import { DocumentsController } from './documents.controller.js';

/** The API documents that the service hands out. */
@Module({ controllers: [DocumentsController], providers: [ApiDocuments] })
export class DocumentsModule {}
