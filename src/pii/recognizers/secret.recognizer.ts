import { rule } from './recognizer.js';
import { Sign } from './scan.js';

/** Keys whose issuers mark them with a prefix (the patterns that the issuers publish for secret scanners). */
export const apiKeyRecognizer = rule({
  type: 'API_KEY',
  pattern: new RegExp(
    `\\b(?:${[
      '(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}',
      'AIza[\\w-]{35}',
      'ya29\\.[\\w-]{20,200}',
      'gh[pousr]_[A-Za-z0-9]{36,255}',
      'github_pat_\\w{22,255}',
      'glpat-[\\w-]{20,64}',
      'xox[abeoprs]-[A-Za-z0-9-]{10,250}',
      '(?:sk|pk|rk|whsec)_(?:live|test)?_?[A-Za-z0-9]{16,247}',
      'sk-(?:ant-|proj-|svcacct-|or-)?[\\w-]{20,220}',
      'SG\\.[\\w-]{16,32}\\.[\\w-]{16,64}',
      'npm_[A-Za-z0-9]{36}',
      'pypi-[\\w-]{50,250}',
      'hf_[A-Za-z]{34}',
      'do[opr]_v1_[a-f0-9]{64}',
      'shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}',
      'key-[0-9a-f]{32}',
      'AGE-SECRET-KEY-1[0-9A-Z]{58}',
      'ckr_(?:live|test)_[0-9A-Za-z]{11}_[0-9A-Za-z]{49}',
    ].join('|')})`,
    'g',
  ),
  score: 1,
});

/** JSON Web Tokens (RFC 7519): three parts in base64url, the first two JSON objects. */
export const jwtRecognizer = rule({
  type: 'ACCESS_TOKEN',
  pattern: /(?<![\w-])eyJ[\w-]{8,4096}\.eyJ[\w-]{8,16384}\.[\w-]{0,4096}/g,
  score: 1,
  signs: Sign.dot,
});

/** Credentials of an Authorization header. */
export const bearerRecognizer = rule({
  type: 'ACCESS_TOKEN',
  pattern: /\b(?:bearer|basic) (?<value>[\w.~+/-]{16,4096}={0,2})/gi,
  score: 0.1,
  context: 'secret',
  scoreInContext: 0.8,
  accepts: ({ value }) => /\d/.test(value) || /[a-z][A-Z]/.test(value),
});

/** Private keys in PEM (RFC 7468) and OpenPGP armour, to the end marker or, cut off, to the end of the block. */
export const privateKeyRecognizer = rule({
  type: 'PRIVATE_KEY',
  pattern:
    /-----BEGIN (?:[A-Z0-9]{1,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-(?!-{4})){0,32768}(?:-----END (?:[A-Z0-9]{1,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----)?/g,
  score: 1,
  signs: Sign.dash,
});

/** What follows "password:" or "my password is". */
export const passwordRecognizer = rule({
  type: 'PASSWORD',
  pattern:
    /\b(?:pass ?words?|passwd|pass ?phrase|passcode|pwd|pw|passwort|kennwort|mot de passe|contraseña|clave|parola d'ordine|password|wachtwoord|hasło|senha|lösenord|api[ _-]?key|client[ _-]?secret|secret(?: key)?|access[ _-]?token|auth[ _-]?token)(?: (?:is|ist|est|es|är|to|was|lautet)(?: now)?:?| ?[:=]{1,2}) {0,2}(?<value>["'`][^"'`\s]{4,128}["'`]|\S{4,128})/gi,
  score: 0.1,
  context: 'secret',
  scoreInContext: 0.75,
  accepts: ({ value }) => looksChosen(value),
});

/** A password in a sentence has a digit, a sign, an inner capital or quotes; "password is required" has not. */
function looksChosen(value: string): boolean {
  if (/^<[A-Z][A-Z0-9_]*>?$/.test(value)) return false;
  const bare = value.replace(/(?<![.,;!?)])[.,;!?)]+$/, '');
  return (
    /^["'`].+["'`]$/.test(bare) ||
    /\d/.test(bare) ||
    /[a-z][A-Z]/.test(bare) ||
    /[#$%^&*_+=~@!]/.test(bare.slice(0, -1))
  );
}
