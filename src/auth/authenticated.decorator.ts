import { applyDecorators } from '@nestjs/common';
import { ApiResponse, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { ErrorCode } from '../errors/code-table.js';
import { problemResponses } from '../errors/problem-responses.js';

/** What every controller behind the AuthGuard says of itself in the API document. */
export const Authenticated = (tag: string) =>
  applyDecorators(ApiTags(tag), ApiSecurity('apiKey'), ApiSecurity('bearer'));

const ALWAYS: readonly ErrorCode[] = [
  'unauthenticated',
  'duplicate_header',
  'rate_limited',
  'byte_rate_limited',
  'too_many_failures',
  'unavailable',
  'internal',
];

/** Documents the error codes of an operation, beside those that every operation has. */
export const ApiErrors = (...codes: ErrorCode[]) =>
  applyDecorators(
    ...Object.entries(problemResponses([...codes, ...ALWAYS])).map(([status, response]) =>
      ApiResponse({ status: Number(status), ...response }),
    ),
  );
