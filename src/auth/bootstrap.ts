import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { createApiKey } from './api-key.js';
import { ApiKeysService } from './api-keys.service.js';
import { UserStore } from './user.store.js';

/** Gives a database without users its first one, who can create all others. */
@Injectable()
export class Bootstrap {
  constructor(
    private readonly config: Config,
    private readonly users: UserStore,
    private readonly keys: ApiKeysService,
  ) {}

  /** @returns the key to show once, or undefined when there are users already */
  async run(): Promise<string | undefined> {
    const preset = this.config.bootstrapApiKey;
    return this.users.ifEmpty(async (transaction) => {
      const key = preset ?? createApiKey(this.config.environment === 'production' ? 'live' : 'test').key;
      const user = await this.users.create('Administrator', undefined, transaction);
      await this.keys.keep(user.id, key, 'bootstrap', ['admin'], null, transaction);
      return key;
    });
  }
}
