import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { AuthGuard } from './auth/auth.guard.js';
import { AuthModule } from './auth/auth.module.js';
import { ChatModule } from './chat/chat.module.js';
import type { Config } from './config/config.js';
import { ConfigModule } from './config/config.module.js';
import type { DatabaseConnection } from './database/data-source.js';
import { DatabaseModule } from './database/database.module.js';
import { DemoModule } from './demo/demo.module.js';
import { DocumentsModule } from './documents/documents.module.js';
import { createValidationPipe } from './edge/validation.js';
import { ProblemFilter } from './errors/problem.filter.js';
import { HealthModule } from './health/health.module.js';
import { Housekeeping } from './housekeeping.js';
import { FreeTextInterceptor } from './pii/free-text.interceptor.js';
import { SecurityLogModule } from './logging/security-log.module.js';
import { PiiModule } from './pii/pii.module.js';
import { PlaygroundModule } from './playground/playground.module.js';
import { TracingModule } from './tracing/tracing.module.js';
import { WorkspaceModule } from './workspace/workspace.module.js';

@Module({})
export class AppModule {
  static forRoot(config: Config, connection: DatabaseConnection): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        SecurityLogModule,
        TracingModule,
        DatabaseModule.forRoot(connection),
        AuthModule,
        WorkspaceModule,
        PiiModule,
        ChatModule,
        HealthModule,
        DocumentsModule,
        DemoModule,
        ...(config.playground ? [PlaygroundModule] : []),
      ],
      providers: [
        { provide: APP_GUARD, useExisting: AuthGuard },
        { provide: APP_INTERCEPTOR, useExisting: FreeTextInterceptor },
        { provide: APP_PIPE, useFactory: createValidationPipe },
        { provide: APP_FILTER, useClass: ProblemFilter },
        Housekeeping,
      ],
    };
  }
}
