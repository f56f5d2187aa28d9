import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { SecurityLog } from '../logging/security-log.js';
import { ProblemDto } from './problem.dto.js';
import { toCodedError } from './to-coded-error.js';

interface Request {
  readonly id: string;
  readonly method: string;
  readonly routeOptions: { readonly url?: string };
  /** Once somebody was let in. */
  readonly principal?: { readonly userId: string; readonly credentialId: string };
}

interface Reply {
  readonly sent: boolean;
  status(status: number): Reply;
  header(name: string, value: string): Reply;
  send(payload: string): unknown;
}

/** Seconds after which to repeat what failed for want of a part of the service. */
const DEFAULT_RETRY_AFTER = 1;

/** Answers every failed HTTP call with problem details of the closed table. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  constructor(private readonly security: SecurityLog) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const reply = host.switchToHttp().getResponse<Reply>();
    const coded = toCodedError(error);
    if (coded.code === 'internal' || coded.code === 'vault_unreadable') {
      this.logger.error('a request failed', { error, requestId: request.id });
    }
    const { id: requestId, method, routeOptions, principal } = request;
    this.security.refused(coded.code, { method, route: routeOptions.url ?? 'none', requestId }, principal);
    if (reply.sent) return;
    const { status, retryable } = coded.entry;
    reply.status(status).header('Content-Type', 'application/problem+json').header('Cache-Control', 'no-store');
    if (status === 401) reply.header('WWW-Authenticate', 'Bearer, ApiKey header="X-API-Key"');
    if (retryable) reply.header('Retry-After', String(coded.details.retryAfter ?? DEFAULT_RETRY_AFTER));
    reply.send(JSON.stringify(ProblemDto.of(coded, request.id)));
  }
}
