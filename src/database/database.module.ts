import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Config } from '../config/config.js';
import { CARRIER, type Carrier } from './carrier.js';
import { DATABASE_CONNECTION, dataSourceOptions, type DatabaseConnection } from './data-source.js';
import { Database } from './database.js';
import { Notifications } from './notifications.js';
import { PostgresCarrier } from './postgres-carrier.js';
import { createRedis, REDIS, type RedisClient } from './redis.js';
import { RedisCarrier } from './redis-carrier.js';

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
      providers: [
        Database,
        Notifications,
        { provide: DATABASE_CONNECTION, useValue: connection },
        {
          provide: REDIS,
          useFactory: ({ redisUrl }: Config) => (redisUrl === undefined ? undefined : createRedis(redisUrl)),
          inject: [Config],
        },
        {
          provide: CARRIER,
          useFactory: (redis: RedisClient | undefined, database: Database): Carrier =>
            redis ? new RedisCarrier(redis) : new PostgresCarrier(connection, database),
          inject: [{ token: REDIS, optional: true }, Database],
        },
      ],
      exports: [Database, Notifications, REDIS],
    };
  }
}
