import type { Scope } from './scope.js';

/** Id that stands for whoever calls without a credential: the nil UUID of RFC 9562, which no user can get. */
export const GUEST_ID = '00000000-0000-0000-0000-000000000000';

/** Credential id of callers that used no API key (bearer tokens and guests). */
export const NO_CREDENTIAL = GUEST_ID;

/** Who makes the call. */
export interface Principal {
  readonly userId: string;
  /** The API key used, or {@link NO_CREDENTIAL}. */
  readonly credentialId: string;
  readonly scopes: ReadonlySet<Scope>;
}

export const GUEST: Principal = Object.freeze({
  userId: GUEST_ID,
  credentialId: NO_CREDENTIAL,
  scopes: new Set<Scope>(),
});

export const isGuest = (principal: Principal): boolean => principal.userId === GUEST_ID;

/** The part of an HTTP request that guards and interceptors of this service rely on. */
export interface AuthenticatedRequest {
  readonly id: string;
  readonly ip: string;
  readonly method: string;
  readonly url: string;
  readonly raw: {
    readonly rawHeaders: readonly string[];
    readonly headers: { readonly 'content-length'?: string };
  };
  readonly routeOptions: { readonly url?: string };
  readonly params: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, unknown>>;
  body: unknown;
  /** Set by the AuthGuard before any other guard runs. */
  principal: Principal;
}
