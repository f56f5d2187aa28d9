import { closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError } from './config-error.js';
import { InvalidSetting, type NamedKey } from './parsers.js';
import { VARIABLES } from './variables.js';

const VARIABLE = 'MASTER_KEYS_FILE';

/** The file that MASTER_KEYS_FILE names: `kid:key,kid2:key`, for its owner only. Errors are of `ConfigError`. */
export class MasterKeysFile {
  constructor(private readonly path: string) {}

  /** Another text as soon as the file is another one. */
  revision(): string {
    const { mtimeNs, ino, size } = statSync(this.path, { bigint: true });
    return `${mtimeNs}/${ino}/${size}`;
  }

  read(): readonly NamedKey[] {
    try {
      return VARIABLES.MASTER_KEYS.parse(this.content().trim());
    } catch (error) {
      throw error instanceof InvalidSetting ? new ConfigError(VARIABLE, error.message) : error;
    }
  }

  /** Whole or not at all, and on the disk when it returns: a reader never sees half a ring. */
  write(keys: readonly NamedKey[]): void {
    const beside = `${this.path}.${process.pid}.new`;
    const file = openSync(beside, 'w', 0o600);
    try {
      writeSync(file, `${keys.map(({ kid, bytes }) => `${kid}:${bytes.toString('base64url')}`).join(',')}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, this.path);
    const directory = openSync(dirname(this.path), 'r');
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  }

  private content(): string {
    const status = statSync(this.path, { throwIfNoEntry: false });
    if (!status?.isFile()) throw new ConfigError(VARIABLE, 'must name a file');
    if ((status.mode & 0o077) !== 0) {
      throw new ConfigError(VARIABLE, 'must be readable by its owner only (mode 0600)');
    }
    try {
      return readFileSync(this.path, 'utf8');
    } catch (error) {
      throw new ConfigError(VARIABLE, `cannot be read (${(error as NodeJS.ErrnoException).code})`);
    }
  }
}
