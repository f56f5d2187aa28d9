import { parseSecret } from './checked-secret.js';
import { decodeSecret } from './secrets.js';

/**
 * Turns the raw text of a variable into its value. Throws `InvalidSetting` with the rule that was broken: the caller knows
 * the name of the variable, the parser does not, and neither repeats the value.
 */
export type Parser<T> = (raw: string) => T;

/** The rule that a value broke, as the end of a sentence that begins with the variable's name. */
export class InvalidSetting extends Error {
  override readonly name = 'InvalidSetting';
}

const demand = (holds: boolean, rule: string): void => {
  if (!holds) throw new InvalidSetting(rule);
};

/** Any text without control characters. */
export const text: Parser<string> = (raw) => {
  demand(/^[^\p{Cc}]+$/u.test(raw), 'must be one line without control characters');
  return raw;
};

/** A whole decimal number within bounds, both inclusive. */
export const wholeNumber =
  (least: number, most: number): Parser<number> =>
  (raw) => {
    const value = Number(raw);
    demand(/^\d{1,9}$/.test(raw) && value >= least && value <= most, `must be a whole number from ${least} to ${most}`);
    return value;
  };

/** One word out of a closed list. */
export const oneOf =
  <const Word extends string>(...words: readonly Word[]): Parser<Word> =>
  (raw) => {
    const word = words.find((candidate) => candidate === raw);
    if (word === undefined) throw new InvalidSetting(`must be one of ${words.join(', ')}`);
    return word;
  };

/** Several different words out of a closed list, separated by commas. */
export const listOf =
  <const Word extends string>(...words: readonly Word[]): Parser<readonly Word[]> =>
  (raw) => {
    const chosen = raw.split(',').map((part) => oneOf(...words)(part.trim()));
    demand(new Set(chosen).size === chosen.length, 'must name each word once');
    return Object.freeze(chosen);
  };

/** Several different texts without commas in them, separated by commas. */
export const texts: Parser<readonly string[]> = (raw) => {
  const list = raw.split(',').map((part) => text(part.trim()));
  demand(new Set(list).size === list.length, 'must name each once');
  return Object.freeze(list);
};

/** An absolute URL of one of the given schemes, without credentials in it. */
export const webUrl =
  (...schemes: readonly string[]): Parser<URL> =>
  (raw) => {
    const url = URL.canParse(raw) ? new URL(raw) : undefined;
    if (url === undefined || !schemes.includes(url.protocol.slice(0, -1))) {
      throw new InvalidSetting(`must be an absolute URL beginning with ${schemes.map((s) => `${s}://`).join(' or ')}`);
    }
    demand(url.username === '' && url.password === '', 'must not contain a user name or password');
    return url;
  };

/** Address of a PostgreSQL server; it may hold a password and is therefore never quoted. */
export const postgresUrl: Parser<string> = (raw) => {
  demand(/^postgres(?:ql)?:\/\/[^\s]+$/.test(raw), 'must be a URL beginning with postgres:// or postgresql://');
  return raw;
};

/** Address of a Redis server; it may hold a password and is therefore never quoted. */
export const redisUrl: Parser<string> = (raw) => {
  demand(/^rediss?:\/\/[^\s]+$/.test(raw) && URL.canParse(raw), 'must be a URL beginning with redis:// or rediss://');
  return raw;
};

/**
 * Origins exactly as browsers send them (RFC 6454: scheme, host and a port only when it is not the scheme's own), or `*`
 * alone for any. An address with a path or a trailing slash would never match, so it is refused rather than ignored.
 */
export const origins: Parser<readonly string[]> = (raw) => {
  const list = raw.split(',').map((part) => part.trim());
  for (const origin of list) {
    const exact = /^https?:\/\//.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin;
    demand(
      exact || (origin === '*' && list.length === 1),
      'must be origins such as https://chat.example.org, separated by commas',
    );
  }
  return Object.freeze(list);
};

/** An API key by its form and check digits. */
export const apiKeyGrammar: Parser<string> = (raw) => {
  demand(
    ['ckr_live_', 'ckr_test_'].some((prefix) => parseSecret(raw, prefix) !== undefined),
    'must be an API key, as the service makes them',
  );
  return raw;
};

/** One secret of at least `least` bytes, base64url or hexadecimal. */
export const secret =
  (least: number): Parser<Buffer> =>
  (raw) => {
    const bytes = decodeSecret(raw);
    if (bytes === undefined || bytes.length < least) {
      throw new InvalidSetting(`must be at least ${least} random bytes in base64url or hexadecimal`);
    }
    return bytes;
  };

/** Key of a ring with the name under which tokens and vault entries refer to it. */
export interface NamedKey {
  readonly kid: string;
  readonly bytes: Buffer;
}

/** A key ring, `kid:secret,kid2:secret`: the first entry makes new things, the others only open old ones. */
export const keyRing =
  (fits: (bytes: Buffer) => boolean, size: string): Parser<readonly NamedKey[]> =>
  (raw) => {
    const ring = raw.split(',').map((part) => {
      const [, kid, text] = /^([A-Za-z0-9_-]{1,64}):(.*)$/.exec(part.trim()) ?? [];
      if (kid === undefined || text === undefined) {
        throw new InvalidSetting('must be kid:secret pairs separated by commas; a kid is 1 to 64 of A-Z a-z 0-9 _ -');
      }
      const bytes = decodeSecret(text);
      if (bytes === undefined || !fits(bytes)) {
        throw new InvalidSetting(`must have ${size} random bytes in base64url or hexadecimal behind each kid`);
      }
      return Object.freeze({ kid, bytes });
    });
    demand(new Set(ring.map(({ kid }) => kid)).size === ring.length, 'must not use a kid twice');
    return Object.freeze(ring);
  };
