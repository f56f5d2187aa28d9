import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { MasterKey } from '../../../config/config.js';
import { ConfigError } from '../../../config/config-error.js';
import { MasterKeysFile } from '../../../config/master-keys-file.js';
import { unwrapChatSecret, wrapChatSecret } from '../value-cipher.js';
import type { ChatScope, KeyProvider, WrappedSecret } from './key-provider.js';

const MASTER_KEY_BYTES = 32;
/** How old a look at the file may be: a rotation asks for its keys a hundred thousand times. */
const LOOK_MS = 20;

/** Master keys from MASTER_KEYS, or from MASTER_KEYS_FILE: that is read again when it has changed. */
export class MasterKeyRing implements KeyProvider {
  private readonly logger = new Logger(MasterKeyRing.name);
  private keys: readonly MasterKey[];
  private readonly file: MasterKeysFile | undefined;
  private revision: string | undefined;
  private lookedAt = -Infinity;

  /** @param keys as in the settings; those that leave the file are overwritten */
  constructor(keys: readonly MasterKey[], path: string | undefined) {
    this.keys = keys;
    this.file = path === undefined ? undefined : new MasterKeysFile(path);
  }

  wrap(secret: Buffer, { workspaceId, chatId }: ChatScope): Promise<WrappedSecret> {
    const [current] = this.present();
    if (!current) throw new ConfigError('MASTER_KEYS', 'is empty');
    const { kid, key } = current;
    return Promise.resolve({ kid, wrapped: wrapChatSecret(key, kid, workspaceId, chatId, secret) });
  }

  unwrap({ kid, wrapped }: WrappedSecret, { workspaceId, chatId }: ChatScope): Promise<Buffer | undefined> {
    const key = this.find(kid);
    return Promise.resolve(key && unwrapChatSecret(key, kid, workspaceId, chatId, wrapped));
  }

  kids(): readonly string[] {
    return this.present().map(({ kid }) => kid);
  }

  renew(): Promise<string | undefined> {
    if (!this.file) return Promise.resolve(undefined);
    const present = this.present();
    const made = { kid: newKid(), key: randomBytes(MASTER_KEY_BYTES) };
    this.write([made, ...present]);
    return Promise.resolve(made.kid);
  }

  /** @throws ConfigError where the keys are not in a file: then whoever sets the environment removes the key from it */
  destroy(kid: string): Promise<void> {
    if (!this.file) throw new ConfigError('MASTER_KEYS', `must lose the key ${kid} by your own hand`);
    this.write(this.present().filter((key) => key.kid !== kid));
    return Promise.resolve();
  }

  /** A key that another process has just put into the file is worth a second look. */
  private find(kid: string): Buffer | undefined {
    const known = this.present().find((candidate) => candidate.kid === kid)?.key;
    if (known) return known;
    this.lookedAt = -Infinity;
    return this.present().find((candidate) => candidate.kid === kid)?.key;
  }

  private write(keys: readonly MasterKey[]): void {
    this.file?.write(keys.map(({ kid, key }) => ({ kid, bytes: key })));
    this.lookedAt = -Infinity;
    this.present();
  }

  /** Looks at the file all the time, so that a new first key is in use at once wherever the file is the same. */
  private present(): readonly MasterKey[] {
    const now = performance.now();
    if (!this.file || now - this.lookedAt < LOOK_MS) return this.keys;
    this.lookedAt = now;
    try {
      const revision = this.file.revision();
      if (revision === this.revision) return this.keys;
      const before = this.keys;
      this.keys = this.file.read().map(({ kid, bytes }) => ({
        kid,
        // The buffer that the settings hold too, so that one overwriting reaches all.
        key: before.find(({ key }) => key.equals(bytes))?.key ?? bytes,
      }));
      this.revision = revision;
      for (const { key } of before) if (!this.keys.some((kept) => kept.key === key)) key.fill(0);
    } catch {
      // Half of an edit, or a lost mount: the keys in memory are good until the file is.
      this.logger.error('MASTER_KEYS_FILE cannot be read again; the keys read before stay in use');
    }
    return this.keys;
  }
}

/** Named by the time, so that whoever reads a ring sees the order, and never twice the same: `k20261122T1714-5f0c`. */
function newKid(): string {
  const minute = new Date().toISOString().slice(0, 16).replaceAll(/[-:]/g, '');
  return `k${minute}-${randomBytes(2).toString('hex')}`;
}
