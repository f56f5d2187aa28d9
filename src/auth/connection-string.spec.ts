import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { jwtVerify, SignJWT } from 'jose';
import { createHmac } from 'node:crypto';
import { decodeBase64Url, encodeBase64Url } from './base64url.js';
import {
  CONNECTION_AUDIENCE,
  CONNECTION_ISSUER,
  CONNECTION_TYPE,
  credentialOf,
  newJti,
  signConnectionString,
  verifyConnectionString,
  type ConnectionClaims,
} from './connection-string.js';
import { KeyRing } from './key-ring.js';

/** `npm run test:nightly` tries a million. */
const RUNS = Number(process.env['MUTATION_RUNS'] ?? 2_000);
const NOW = 1_800_000_000;
const CHAT = '01890f3e-7b1a-7cc2-b1c4-0123456789ab';
const OTHER_CHAT = '01890f3e-7b1a-7cc2-b1c4-0123456789ac';

const old = { kid: 'old', secret: Buffer.alloc(32, 1) };
const ring = new KeyRing([{ kid: 'new', secret: Buffer.alloc(32, 2) }, old]);
const secret = ring.current.connectionSecret;

const CLAIMS: ConnectionClaims = {
  iss: CONNECTION_ISSUER,
  aud: CONNECTION_AUDIENCE,
  sub: '01890f3e-7b1a-7cc2-b1c4-000000000001',
  wsp: '01890f3e-7b1a-7cc2-b1c4-000000000002',
  cht: CHAT,
  scp: 'chat pii',
  jti: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8',
  iat: NOW,
  nbf: NOW,
  exp: NOW + 60,
  sxp: NOW + 3600,
};
const HEADER = { alg: 'HS256', kid: 'new', typ: CONNECTION_TYPE };
const VALID = signConnectionString(CLAIMS, ring);

const INVALID = { ok: false, code: 'connection_string_invalid' };
const EXPIRED = { ok: false, code: 'connection_string_expired' };
const MISSING = { ok: false, code: 'connection_string_missing' };

const verify = (text: unknown, now = NOW, chatId: unknown = CHAT) =>
  verifyConnectionString(text, ring, { now, chatId });

/** A string of any content with a MAC that is right: what somebody with the key, or a careless version of us, could make. */
function forge(header: unknown, payload: unknown, key = secret): string {
  const input = [header, payload]
    .map((part) => encodeBase64Url(Buffer.from(typeof part === 'string' ? part : JSON.stringify(part))))
    .join('.');
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
}

describe('signConnectionString', () => {
  it('writes exactly the header and the claims of the profile, in their order', () => {
    const [header = '', payload = ''] = VALID.split('.');
    expect(decodeBase64Url(header)?.toString()).toBe(`{"alg":"HS256","kid":"new","typ":"${CONNECTION_TYPE}"}`);
    expect(decodeBase64Url(payload)?.toString()).toBe(JSON.stringify(CLAIMS));
    expect(VALID).toBe(forge(HEADER, CLAIMS));
    expect(VALID.length).toBeLessThan(700);
  });

  it('leaves out what is not a claim, and orders what is', () => {
    const shuffled = { extra: 1, ...Object.fromEntries(Object.entries(CLAIMS).toReversed()) } as unknown;
    expect(signConnectionString(shuffled as ConnectionClaims, ring)).toBe(VALID);
  });

  it.each<[string, object]>([
    ['more than 300 s of life', { exp: NOW + 301 }],
    ['no life', { exp: NOW }],
    ['a user that is no UUID', { sub: 'ada@example.org' }],
    ['scopes in another order', { scp: 'pii chat' }],
    ['a fraction of a second', { iat: NOW + 0.5 }],
  ])('refuses to sign %s', (_what, change) => {
    expect(() => signConnectionString({ ...CLAIMS, ...change }, ring)).toThrow(TypeError);
  });
});

describe('verifyConnectionString', () => {
  it('accepts what was signed and says who signed it', () => {
    expect(verify(VALID)).toEqual({ ok: true, claims: CLAIMS, kid: 'new' });
  });

  it('accepts a string of a key that is on its way out, and refuses it once the key is gone', () => {
    const text = signConnectionString(CLAIMS, new KeyRing([old]));
    expect(verify(text)).toEqual({ ok: true, claims: CLAIMS, kid: 'old' });
    const rotated = new KeyRing([{ kid: 'new', secret: Buffer.alloc(32, 2) }]);
    expect(verifyConnectionString(text, rotated, { now: NOW, chatId: CHAT })).toEqual(INVALID);
  });

  it('refuses a key of the same name with another secret', () => {
    const other = new KeyRing([{ kid: 'new', secret: Buffer.alloc(32, 9) }]);
    expect(verify(signConnectionString(CLAIMS, other))).toEqual(INVALID);
  });

  it('refuses a MAC made with the secret of another purpose', () => {
    expect(verify(forge(HEADER, CLAIMS, ring.current.messageSecret))).toEqual(INVALID);
    expect(verify(forge(HEADER, CLAIMS, Buffer.alloc(32, 2)))).toEqual(INVALID);
    expect(verify(forge(HEADER, CLAIMS, Buffer.alloc(0)))).toEqual(INVALID);
  });

  it.each([undefined, null, ''])('calls %j missing, as a string and as a chat', (nothing) => {
    expect(verify(nothing)).toEqual(MISSING);
    expect(verifyConnectionString(VALID, ring, { now: NOW, chatId: nothing })).toEqual(MISSING);
  });

  it.each([5, true, {}, [VALID], { toString: () => VALID }])('refuses a string of another type: %j', (text) => {
    expect(verify(text)).toEqual(INVALID);
  });

  it.each([OTHER_CHAT, CHAT.toUpperCase(), ` ${CHAT}`, 5, [CHAT], {}])('refuses the chat %j', (chatId) => {
    expect(verify(VALID, NOW, chatId)).toEqual(INVALID);
  });

  it('says expired before it says another chat', () => {
    expect(verify(VALID, NOW + 600, OTHER_CHAT)).toEqual(EXPIRED);
  });

  describe('times', () => {
    it.each([
      ['30 s before iat', NOW - 30, 'ok'],
      ['31 s before iat', NOW - 31, 'connection_string_invalid'],
      ['at exp', NOW + 60, 'ok'],
      ['29 s after exp', NOW + 89, 'ok'],
      ['30 s after exp', NOW + 90, 'connection_string_expired'],
      ['31 s after exp', NOW + 91, 'connection_string_expired'],
      ['in 1970', 0, 'connection_string_invalid'],
      ['without a clock', NaN, 'connection_string_invalid'],
    ])('%s', (_when, now, expected) => {
      const verdict = verify(VALID, now);
      expect(verdict.ok ? 'ok' : verdict.code).toBe(expected);
    });

    it.each([
      ['2038', 2 ** 31 + 5],
      ['29 February 2028', Date.UTC(2028, 1, 29) / 1000],
    ])('work in %s', (_when, now) => {
      const text = signConnectionString({ ...CLAIMS, iat: now, nbf: now, exp: now + 60, sxp: now + 3600 }, ring);
      expect(verify(text, now).ok).toBe(true);
      expect(verify(text, now + 91)).toEqual(EXPIRED);
    });

    it('nbf counts on its own', () => {
      const text = signConnectionString({ ...CLAIMS, nbf: NOW + 40 }, ring);
      expect(verify(text, NOW + 9)).toEqual(INVALID);
      expect(verify(text, NOW + 10).ok).toBe(true);
    });

    it('the session must not be over before it begins', () => {
      const text = signConnectionString({ ...CLAIMS, sxp: NOW + 10 }, ring);
      expect(verify(text, NOW + 9).ok).toBe(true);
      expect(verify(text, NOW + 10)).toEqual(EXPIRED);
    });

    it('300 s is the longest life', () => {
      expect(verify(forge(HEADER, { ...CLAIMS, exp: NOW + 300 })).ok).toBe(true);
      expect(verify(forge(HEADER, { ...CLAIMS, exp: NOW + 301 }))).toEqual(INVALID);
    });
  });

  const headerText = JSON.stringify(HEADER);
  it.each<[string, unknown]>([
    ['alg none', { ...HEADER, alg: 'none' }],
    ['alg in lower case', { ...HEADER, alg: 'hs256' }],
    ['another HMAC', { ...HEADER, alg: 'HS512' }],
    ['a signature algorithm', { ...HEADER, alg: 'RS256' }],
    ['typ JWT', { ...HEADER, typ: 'JWT' }],
    ['typ of an access token', { ...HEADER, typ: 'at+jwt' }],
    ['typ in another case', { ...HEADER, typ: CONNECTION_TYPE.toUpperCase() }],
    ['typ with its media type', { ...HEADER, typ: `application/${CONNECTION_TYPE}` }],
    ['no typ', { alg: 'HS256', kid: 'new' }],
    ['no kid', { alg: 'HS256', typ: CONNECTION_TYPE }],
    ['an unknown kid', { ...HEADER, kid: 'gone' }],
    ['a kid that is a path', { ...HEADER, kid: '../../dev/null' }],
    ['a kid that is a query', { ...HEADER, kid: "new' OR '1'='1" }],
    ['a kid that is no text', { ...HEADER, kid: ['new'] }],
    ['a kid of every object', { ...HEADER, kid: '__proto__' }],
    ['crit', { ...HEADER, crit: ['exp'] }],
    ['an empty crit', { ...HEADER, crit: [] }],
    ['jwk', { ...HEADER, jwk: { kty: 'oct', k: 'AA' } }],
    ['jku', { ...HEADER, jku: 'https://attacker.example/keys' }],
    ['x5u', { ...HEADER, x5u: 'https://attacker.example/cert' }],
    ['b64', { ...HEADER, b64: false }],
    ['zip', { ...HEADER, zip: 'DEF' }],
    ['another order', { typ: CONNECTION_TYPE, alg: 'HS256', kid: 'new' }],
    ['a repeated member', headerText.replace('{', '{"alg":"none",')],
    ['a repeated member behind', headerText.replace('}', ',"alg":"HS256"}')],
    ['white space', headerText.replace(':', ': ')],
    ['white space behind', `${headerText} `],
    ['an escaped member name', headerText.replace('alg', '\\u0061lg')],
    ['a byte order mark', `\ufeff${headerText}`],
    ['a list', [HEADER]],
    ['null', 'null'],
    ['no JSON', 'HS256'],
  ])('refuses a header with %s, although the MAC is right', (_what, header) => {
    expect(verify(forge(header, CLAIMS))).toEqual(INVALID);
  });

  const claimsText = JSON.stringify(CLAIMS);
  const without = (name: keyof ConnectionClaims) =>
    Object.fromEntries(Object.entries(CLAIMS).filter(([member]) => member !== name));
  it.each<[string, unknown]>([
    ...Object.keys(CLAIMS).map((name): [string, unknown] => [`no ${name}`, without(name as keyof ConnectionClaims)]),
    ...Object.keys(CLAIMS).map((name): [string, unknown] => [`null as ${name}`, { ...CLAIMS, [name]: null }]),
    ['another issuer', { ...CLAIMS, iss: 'other' }],
    ['another audience', { ...CLAIMS, aud: 'other' }],
    ['a list of audiences', { ...CLAIMS, aud: [CONNECTION_AUDIENCE] }],
    ['sub as a list', { ...CLAIMS, sub: [CLAIMS.sub] }],
    ['sub as an object', { ...CLAIMS, sub: {} }],
    ['a UUID in upper case', { ...CLAIMS, wsp: 'ABCDEF00-0000-7000-8000-000000000000' }],
    ['a UUID in braces', { ...CLAIMS, cht: `{${CHAT}}` }],
    ['exp as text', { ...CLAIMS, exp: String(CLAIMS.exp) }],
    ['exp as a fraction', { ...CLAIMS, exp: NOW + 60.5 }],
    ['exp before iat', { ...CLAIMS, exp: NOW - 1 }],
    ['exp at iat', { ...CLAIMS, exp: NOW }],
    ['exp without end', { ...CLAIMS, exp: 2 ** 53 }],
    ['a negative iat', { ...CLAIMS, iat: -1 }],
    ['sxp before iat', { ...CLAIMS, sxp: NOW - 1 }],
    ['an unknown scope', { ...CLAIMS, scp: 'chat admin' }],
    ['no scope', { ...CLAIMS, scp: '' }],
    ['a scope twice', { ...CLAIMS, scp: 'chat chat' }],
    ['scopes in another order', { ...CLAIMS, scp: 'pii chat' }],
    ['two spaces between scopes', { ...CLAIMS, scp: 'chat  pii' }],
    ['scopes as a list', { ...CLAIMS, scp: ['chat', 'pii'] }],
    ['a short jti', { ...CLAIMS, jti: 'AAECAwQFBgcICQoLDA0ODw' }],
    ['a padded jti', { ...CLAIMS, jti: `${CLAIMS.jti}==` }],
    ['a jti with unused bits set', { ...CLAIMS, jti: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9' }],
    ['a further member', { ...CLAIMS, admin: true }],
    ['a member of the prototype', claimsText.replace('}', ',"__proto__":{"admin":true}}')],
    ['another order', Object.fromEntries(Object.entries(CLAIMS).toReversed())],
    ['a repeated member', claimsText.replace('{', `{"sub":"${CHAT}",`)],
    ['the same member twice alike', claimsText.replace('{', `{"iss":"${CONNECTION_ISSUER}",`)],
    ['white space', claimsText.replace(',', ', ')],
    ['an escape', claimsText.replace('"chat', '"\\u0063hat')],
    ['an exponent', claimsText.replace(`"iat":${NOW}`, '"iat":18e8')],
    ['a decimal point', claimsText.replace(`"iat":${NOW}`, `"iat":${NOW}.0`)],
    ['a list', [CLAIMS]],
    ['null', 'null'],
    ['a text', '"claims"'],
    ['no JSON', claimsText.slice(0, -1)],
    ['nothing', ''],
    ['bytes that are no UTF-8', claimsText.replace('chat pii', 'chat p\u00ffi')],
  ])('refuses claims with %s, although the MAC is right', (_what, claims) => {
    expect(verify(forge(HEADER, claims))).toEqual(INVALID);
  });

  const [head = '', body = '', tail = ''] = VALID.split('.');
  it.each([
    ['no part', '.'],
    ['no dot', VALID.replaceAll('.', '')],
    ['two parts', `${head}.${body}`],
    ['no MAC', `${head}.${body}.`],
    ['four parts', `${VALID}.${tail}`],
    ['five parts, as encrypted tokens have', `${head}.${body}.${tail}.${tail}.${tail}`],
    ['a dot behind', `${VALID}.`],
    ['a dot in front', `.${VALID}`],
    ['a space in front', ` ${VALID}`],
    ['a line feed behind', `${VALID}\n`],
    ['a space in the MAC', `${head}.${body}.${tail.slice(0, 8)} ${tail.slice(8)}`],
    ['a line break in the MAC', `${head}.${body}.${tail.slice(0, 8)}\r\n${tail.slice(8)}`],
    ['a space before the MAC', `${head}.${body}. ${tail}`],
    ['padding of the MAC', `${VALID}=`],
    ['padding of the header', `${head}=.${body}.${tail}`],
    ['junk in the MAC', `${head}.${body}.${tail}!!`],
    ['a cut MAC', VALID.slice(0, -2)],
    ['a MAC of zeros', `${head}.${body}.${'A'.repeat(43)}`],
    ['a MAC of all bytes', `${head}.${body}.${encodeBase64Url(Buffer.alloc(64))}`],
    ['a bearer prefix', `Bearer ${VALID}`],
    ['JWS in JSON', JSON.stringify({ protected: head, payload: body, signature: tail })],
    ['two strings', `${VALID},${VALID}`],
    ['over 2 KiB', VALID + 'A'.repeat(2048)],
    ['a million dots', '.'.repeat(1_000_000)],
  ])('refuses %s', (_what, text) => {
    expect(verify(text)).toEqual(INVALID);
  });

  it('refuses the other spellings of the last bits of the MAC', () => {
    const last = VALID.slice(-1);
    for (const other of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.replace(last, '')) {
      expect(verify(VALID.slice(0, -1) + other)).toEqual(INVALID);
    }
  });

  it('accepts no mutation of a valid string', () => {
    const mutation = fc.oneof(
      fc.record({ at: fc.nat(VALID.length), cut: fc.nat(3), put: fc.string({ maxLength: 3 }) }),
      fc.record({
        at: fc.nat(VALID.length),
        cut: fc.nat(2),
        put: fc.string({ unit: fc.constantFrom(...Array.from('AZaz09-_.= \n')), maxLength: 2 }),
      }),
    );
    fc.assert(
      fc.property(mutation, ({ at, cut, put }) => {
        const text = VALID.slice(0, at) + put + VALID.slice(at + cut);
        fc.pre(text !== VALID);
        expect(verify(text).ok).toBe(false);
      }),
      { numRuns: RUNS },
    );
  }, 600_000);

  it('accepts no text at all that was not signed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), fc.string(), (a, b, c) => {
        expect(verify(`${a}.${b}.${c}`).ok).toBe(false);
      }),
    );
  });
});

describe('beside jose', () => {
  const options = { issuer: CONNECTION_ISSUER, audience: CONNECTION_AUDIENCE, typ: CONNECTION_TYPE };

  it('jose reads what we write', async () => {
    const read = await jwtVerify(VALID, secret, {
      ...options,
      algorithms: ['HS256'],
      currentDate: new Date(NOW * 1000),
    });
    expect(read.payload).toEqual(CLAIMS);
    expect(read.protectedHeader).toEqual(HEADER);
  });

  it('we read what jose writes', async () => {
    const text = await new SignJWT({ ...CLAIMS }).setProtectedHeader(HEADER).sign(secret);
    expect(text).toBe(VALID);
    expect(verify(text).ok).toBe(true);
  });

  it('jose refuses it under another secret too', async () => {
    const verdict = jwtVerify(VALID, ring.current.messageSecret, { currentDate: new Date(NOW * 1000) });
    await expect(verdict).rejects.toThrow('signature verification failed');
  });
});

describe('newJti', () => {
  const CREDENTIAL = '01890f3e-7b1a-7cc2-b1c4-000000000007';
  const made = Array.from({ length: 1000 }, () => newJti(CREDENTIAL));

  it('is 32 bytes, anew each time', () => {
    expect(made.every((jti) => decodeBase64Url(jti)?.length === 32)).toBe(true);
    expect(new Set(made).size).toBe(1000);
  });

  it('names the credential', () => {
    expect(made.every((jti) => credentialOf(jti) === CREDENTIAL)).toBe(true);
  });
});
