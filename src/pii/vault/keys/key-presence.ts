import { Inject, Injectable, Logger } from '@nestjs/common';
import { ConfigError } from '../../../config/config-error.js';
import { CodedError } from '../../../errors/coded-error.js';
import { KEY_PROVIDER, type KeyProvider } from './key-provider.js';
import { MasterKeyUseStore } from './master-key-use.store.js';

const NOBODY = '00000000-0000-0000-0000-000000000000';

/** Looks at start whether the master keys are there that the secrets of chats are wrapped with. */
@Injectable()
export class KeyPresence {
  private readonly logger = new Logger(KeyPresence.name);

  constructor(
    private readonly uses: MasterKeyUseStore,
    @Inject(KEY_PROVIDER) private readonly provider: KeyProvider,
  ) {}

  /** @throws ConfigError that names the first key that is missing */
  async require(): Promise<void> {
    for (const kid of await this.uses.inUse()) {
      if (!(await this.isPresent(kid))) {
        const variable = this.provider.kids() ? 'MASTER_KEYS' : 'MASTER_KMS_URL';
        throw new ConfigError(variable, `has no key ${kid}, and keys of chats are wrapped with it`);
      }
    }
  }

  private async isPresent(kid: string): Promise<boolean> {
    const kids = this.provider.kids();
    if (kids) return kids.includes(kid);
    const [sample] = await this.uses.batch(kid, { workspaceId: NOBODY, chatId: NOBODY }, 1);
    if (!sample) return true;
    try {
      const secret = await this.provider.unwrap(sample, sample);
      secret?.fill(0);
      return secret !== undefined;
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      // Masked messages can be read and written without it.
      this.logger.warn('the key service does not answer; originals are out of reach until it does');
      return true;
    }
  }
}
