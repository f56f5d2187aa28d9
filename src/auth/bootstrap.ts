import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { createApiKey, parseApiKey } from './api-key.js';
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

  /**
   * @returns the key to show once, or undefined when there are users already
   * @throws Error naming the variable when BOOTSTRAP_API_KEY has a wrong check digit
   */
  async run(): Promise<string | undefined> {
    const preset = this.config.bootstrapApiKey;
    if (preset !== undefined && !parseApiKey(preset)) throw new Error('BOOTSTRAP_API_KEY has a wrong check sum');
    return this.users.ifEmpty(async (transaction) => {
      const key = preset ?? createApiKey(this.config.environment === 'production' ? 'live' : 'test').key;
      const user = await this.users.create('Administrator', undefined, transaction);
      await this.keys.keep(user.id, key, 'bootstrap', ['admin'], null, transaction);
      return key;
    });
  }
}
