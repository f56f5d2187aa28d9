import { randomBytes } from 'node:crypto';
import { linkSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from './config-error.js';

/** Secrets in the form of the variables whose place they take. */
export interface SecretTexts {
  readonly API_KEY_SECRET: string;
  readonly TOKEN_KEYS: string;
  readonly MASTER_KEYS: string;
}

/** Where missing secrets come from outside production. */
export type SecretSource = (dataDir: string) => SecretTexts;

const NAMES = ['API_KEY_SECRET', 'TOKEN_KEYS', 'MASTER_KEYS'] as const;

const random = (): string => randomBytes(32).toString('base64url');

const generate = (): SecretTexts => ({
  API_KEY_SECRET: random(),
  TOKEN_KEYS: `local:${random()}`,
  MASTER_KEYS: `local:${random()}`,
});

function readKept(file: string): SecretTexts | undefined {
  const status = lstatSync(file, { throwIfNoEntry: false });
  if (status === undefined) return undefined;
  if (!status.isFile() || (status.mode & 0o077) !== 0) {
    throw new ConfigError('DATA_DIR', 'has a secrets.json that others may read; it must be a file of mode 0600');
  }
  try {
    const kept = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    if (NAMES.every((name) => typeof kept[name] === 'string')) return kept as unknown as SecretTexts;
  } catch {
    // The parser's complaint would quote the file: the error below says enough.
  }
  throw new ConfigError(
    'DATA_DIR',
    'has a damaged secrets.json; restore it, or remove the whole directory to start anew',
  );
}

const filesystem = <T>(work: () => T): T => {
  try {
    return work();
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(
      'DATA_DIR',
      `must be a directory that this user may write (${(error as NodeJS.ErrnoException).code})`,
    );
  }
};

/**
 * The secrets of this data directory, drawn at the first start and the same ever after: without them neither its API keys
 * nor its vault would open again. The file appears whole or not at all, and of two processes that start at the same
 * moment both use the one that was first (`link` never replaces a file).
 */
export const keptSecrets: SecretSource = (dataDir) =>
  filesystem(() => {
    const file = join(dataDir, 'secrets.json');
    const kept = readKept(file);
    if (kept !== undefined) return kept;
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const draft = `${file}.${randomBytes(6).toString('hex')}`;
    const secrets = generate();
    try {
      writeFileSync(draft, `${JSON.stringify(secrets, undefined, 2)}\n`, { mode: 0o600, flag: 'wx', flush: true });
      linkSync(draft, file);
      return secrets;
    } catch (error) {
      const winner = (error as NodeJS.ErrnoException).code === 'EEXIST' ? readKept(file) : undefined;
      if (winner === undefined) throw error;
      return winner;
    } finally {
      rmSync(draft, { force: true });
    }
  });

/** As `keptSecrets`, but leaves no trace: for a look at the configuration without starting. */
export const previewedSecrets: SecretSource = (dataDir) =>
  filesystem(() => readKept(join(dataDir, 'secrets.json')) ?? generate());
