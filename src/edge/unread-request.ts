import { type OutgoingHttpHeaders, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ErrorCode } from '../errors/code-table.js';
import { CodedError } from '../errors/coded-error.js';
import { ProblemDto } from '../errors/problem.dto.js';

/** Why Node gave up reading a request, by its own codes; for all others it is no HTTP. */
const BY_NODE: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

export const codeOfUnread = (error: Error & { readonly code?: string }): ErrorCode =>
  BY_NODE[error.code ?? ''] ?? 'validation_failed';

/** A connection as Node keeps it, which looks at the same before it answers by itself. */
interface HttpSocket extends Socket {
  /** The answer that is under way. */
  readonly _httpMessage?: ServerResponse | null;
}

/**
 * Answers what never became a request, so that there is no reply to answer by, and hangs up: what follows makes no sense.
 * It says so, lest the client send its next request on the connection; Fastify's own answer does not.
 */
export function refuseUnread(
  socket: HttpSocket,
  code: ErrorCode,
  requestId: string,
  headers: OutgoingHttpHeaders,
): void {
  if (socket.destroyed) return;
  // In the middle of another answer this one would be taken for a part of it.
  if (!socket.writable || socket._httpMessage?.headersSent) {
    socket.destroy();
    return;
  }
  const error = new CodedError(code);
  const { status, retryable } = error.entry;
  const body = JSON.stringify(ProblemDto.of(error, requestId));
  const all = {
    ...headers,
    'X-Request-Id': requestId,
    'Cache-Control': 'no-store',
    ...(retryable && { 'Retry-After': '1' }),
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${String(value)}`);
  socket.write([`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines, '', body].join('\r\n'));
  socket.destroy();
}
