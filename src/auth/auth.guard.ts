import { applyDecorators, type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiSecurity } from '@nestjs/swagger';
import { CodedError } from '../errors/coded-error.js';
import { SecurityLog } from '../logging/security-log.js';
import { Authenticator } from './authenticator.js';
import { type AuthenticatedRequest, isGuest, NO_CREDENTIAL, type Principal } from './principal.js';
import { RateLimits } from './rate-limits.js';
import type { Scope } from './scope.js';

const AUTH_RULE = 'auth:rule';

interface AuthRule {
  /** `none`: the route asks nobody. `guest`: a call without credential is the guest. `user`: a credential is needed. */
  readonly who: 'none' | 'guest' | 'user';
  readonly scope?: Scope;
}

/** For health, metrics and documents: no credential is looked at. */
export const Open = () => SetMetadata<string, AuthRule>(AUTH_RULE, { who: 'none' });
/** The guest may come in; a later guard decides whether the workspace is public. */
export const GuestsWelcome = () =>
  applyDecorators(SetMetadata<string, AuthRule>(AUTH_RULE, { who: 'guest' }), ApiSecurity({}));
export const RequiresScope = (scope: Scope) => SetMetadata<string, AuthRule>(AUTH_RULE, { who: 'user', scope });

/** Runs before every HTTP handler: identity first, then its rate limit, then the scope. Sockets have their handshake. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
    private readonly rateLimits: RateLimits,
    private readonly security: SecurityLog,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const rule = this.reflector.getAllAndOverride<AuthRule | undefined>(AUTH_RULE, [
      context.getHandler(),
      context.getClass(),
    ]) ?? { who: 'user' };
    if (rule.who === 'none') return true;

    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    request.principal = await this.identify(request);
    this.rateLimits.call(request.principal, request.ip, Number(request.raw.headers['content-length'] ?? 0));
    if (isGuest(request.principal) && rule.who !== 'guest') throw new CodedError('unauthenticated');
    if (rule.scope && !request.principal.scopes.has(rule.scope)) throw new CodedError('forbidden');
    return true;
  }

  /** Wrong credentials count against the address that they came from. */
  private async identify({ id, ip, raw }: AuthenticatedRequest): Promise<Principal> {
    this.rateLimits.hear(ip);
    try {
      const principal = await this.authenticator.authenticate(raw.rawHeaders);
      if (!isGuest(principal)) this.welcome(principal, id);
      return principal;
    } catch (error) {
      if (error instanceof CodedError && error.code === 'unauthenticated') this.rateLimits.fail(ip);
      throw error;
    }
  }

  private welcome(principal: Principal, requestId: string): void {
    const credential = principal.credentialId === NO_CREDENTIAL ? 'bearer_token' : 'api_key';
    this.security.accepted(credential, principal, { requestId });
  }
}
