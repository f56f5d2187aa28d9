import { HttpException } from '@nestjs/common';
import type { ErrorCode } from './code-table.js';
import { CodedError } from './coded-error.js';

/** What Nest and Fastify refuse themselves, by HTTP status. */
const BY_STATUS: Readonly<Partial<Record<number, ErrorCode>>> = {
  400: 'validation_failed',
  // A name that the server of the documents does not even look for, such as one of 300 characters.
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'payload_too_large',
  // A path parameter that is longer than any id.
  414: 'not_found',
  415: 'unsupported_media_type',
  // A health check that failed.
  503: 'unavailable',
};

/** The error of the closed table for anything that was thrown; `internal` for what nobody foresaw. */
export function toCodedError(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  const code = BY_STATUS[statusOf(error) ?? 500];
  return new CodedError(code ?? 'internal');
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  // Fastify's own errors carry a code of theirs beside the status.
  if (error instanceof Error && 'statusCode' in error && 'code' in error && String(error.code).startsWith('FST_')) {
    return Number(error.statusCode);
  }
  return undefined;
}
