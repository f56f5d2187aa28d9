import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';

/** The keys that wrap the data keys of chats. They live in the environment or a file, never in the database. */
@Injectable()
export class MasterKeyRing {
  private readonly keys: ReadonlyMap<string, Buffer>;
  readonly current: { readonly kid: string; readonly key: Buffer };

  constructor(config: Config) {
    const [current] = config.masterKeys;
    if (!current) throw new Error('MASTER_KEYS is empty');
    this.current = current;
    this.keys = new Map(config.masterKeys.map(({ kid, key }) => [kid, key]));
  }

  find(kid: string): Buffer | undefined {
    return this.keys.get(kid);
  }
}
