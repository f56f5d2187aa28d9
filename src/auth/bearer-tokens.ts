import { Injectable } from '@nestjs/common';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { Config } from '../config/config.js';
import { CodedError } from '../errors/coded-error.js';
import { NO_CREDENTIAL, type Principal } from './principal.js';
import type { Scope } from './scope.js';
import { UserStore } from './user.store.js';

/** Asymmetric only: with a public key set, a symmetric algorithm would let anybody sign (RFC 8725, 2.1 and 3.1). */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
/** A token that says it is of another kind, such as a logout token, was made for another purpose (RFC 8725, 3.11 and 3.12). */
const TYPES = new Set(['jwt', 'at+jwt']);
const CLOCK_TOLERANCE_SECONDS = 30;
const JWKS_TIMEOUT_MS = 3_000;
/** How jose says that the key set is late, is none, or (by an error without a code of its own) was answered by no 200. */
const KEY_SET_FAULTS = new Set([errors.JWKSTimeout.code, errors.JWKSInvalid.code, errors.JOSEError.code]);
const NO_SCOPES: ReadonlySet<Scope> = new Set();

/** JWTs of the one issuer that the configuration names. Their `sub` is the externalId of a user. */
@Injectable()
export class BearerTokens {
  private readonly verify: ((token: string) => Promise<string>) | undefined;

  constructor(
    config: Config,
    private readonly users: UserStore,
  ) {
    const { jwt } = config;
    if (!jwt) return;
    const keys = createRemoteJWKSet(new URL(jwt.jwksUrl), { timeoutDuration: JWKS_TIMEOUT_MS });
    this.verify = async (token) => {
      const { payload, protectedHeader } = await jwtVerify(token, keys, {
        issuer: jwt.issuer,
        audience: jwt.audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
      });
      if (!TYPES.has(kindOf(protectedHeader.typ))) throw new CodedError('unauthenticated');
      const { sub, acr } = payload;
      if (typeof sub !== 'string') throw new CodedError('unauthenticated');
      // A token that does not say how its person was authenticated stands for the weakest way.
      if (jwt.acr && !jwt.acr.some((wanted) => wanted === acr)) throw new CodedError('unauthenticated');
      return sub;
    };
  }

  /** @throws CodedError `unauthenticated` for a token or user that is not known, `unavailable` when the key set is out of reach */
  async authenticate(token: string): Promise<Principal> {
    if (!this.verify) throw new CodedError('unauthenticated');
    let subject: string;
    try {
      subject = await this.verify(token);
    } catch (error) {
      if (error instanceof CodedError) throw error;
      throw new CodedError(isFaultOfToken(error) ? 'unauthenticated' : 'unavailable');
    }
    const user = await this.users.findByExternalId(subject);
    if (!user) throw new CodedError('unauthenticated');
    return { userId: user.id, credentialId: NO_CREDENTIAL, scopes: NO_SCOPES };
  }
}

/** A media type, of which `application/` may be left out (RFC 7515, 4.1.9). */
const kindOf = (typ = 'JWT'): string => typ.toLowerCase().replace(/^application\//, '');

const isFaultOfToken = (error: unknown): boolean =>
  error instanceof errors.JOSEError && !KEY_SET_FAULTS.has(error.code);
