import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Database } from './database.js';
import { Notifications } from './notifications.js';
import { DATABASE_CONNECTION, dataSourceOptions, type DatabaseConnection } from './data-source.js';

/**
 * The connection of the whole application. The database is opened and migrated before Nest starts (`openDatabase`,
 * `runMigrations`), so a failure here is final: nothing is retried, and Nest logs no driver error.
 */
@Module({})
export class DatabaseModule {
  static forRoot(connection: DatabaseConnection): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => ({ ...dataSourceOptions(connection), autoLoadEntities: true, toRetry: () => false }),
        }),
      ],
      providers: [Database, Notifications, { provide: DATABASE_CONNECTION, useValue: connection }],
      exports: [Database, Notifications],
    };
  }
}
