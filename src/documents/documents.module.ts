import { Module } from '@nestjs/common';

/** The API documents that the service hands out. */
@Module({})
export class DocumentsModule {}
