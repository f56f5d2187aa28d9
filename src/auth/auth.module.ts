import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Config } from '../config/config.js';
import { AccessChanges } from './access-changes.js';
import { ApiKey } from './api-key.entity.js';
import { ApiKeyStore } from './api-key.store.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeysService } from './api-keys.service.js';
import { AuthGuard } from './auth.guard.js';
import { Authenticator } from './authenticator.js';
import { BearerTokens } from './bearer-tokens.js';
import { Bootstrap } from './bootstrap.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';
import { IdempotencyStore } from './idempotency.store.js';
import { KeyRing } from './key-ring.js';
import { RateLimits } from './rate-limits.js';
import { RevokedTokenKeyStore } from './revoked-token-key.store.js';
import { TokenKeysController } from './token-keys.controller.js';
import { TokenKeys } from './token-keys.service.js';
import { UsedConnectionStringStore } from './used-connection-string.store.js';
import { UserAccesses } from './user-accesses.js';
import { User } from './user.entity.js';
import { UserStore } from './user.store.js';
import { UsersController } from './users.controller.js';
import { UsersService } from './users.service.js';

/** Who calls: users, API keys, bearer tokens, connection strings, message strings. */
@Module({
  imports: [TypeOrmModule.forFeature([User, ApiKey])],
  controllers: [UsersController, ApiKeysController, TokenKeysController],
  providers: [
    AccessChanges,
    ApiKeysService,
    ApiKeyStore,
    Authenticator,
    AuthGuard,
    BearerTokens,
    Bootstrap,
    IdempotencyInterceptor,
    IdempotencyStore,
    { provide: KeyRing, useFactory: (config: Config) => new KeyRing(config.tokenKeys), inject: [Config] },
    RateLimits,
    RevokedTokenKeyStore,
    TokenKeys,
    UsedConnectionStringStore,
    UserAccesses,
    UserStore,
    UsersService,
  ],
  exports: [
    AccessChanges,
    ApiKeysService,
    AuthGuard,
    Authenticator,
    IdempotencyInterceptor,
    IdempotencyStore,
    KeyRing,
    RateLimits,
    TokenKeys,
    UsedConnectionStringStore,
    UserAccesses,
    UserStore,
  ],
})
export class AuthModule {}
