import { applyDecorators } from '@nestjs/common';
import { ApiResponse, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { type ErrorCode, ERROR_TABLE } from '../errors/code-table.js';
import { ProblemDto } from '../errors/problem.dto.js';

/** What every controller behind the AuthGuard says of itself in the API document. */
export const Authenticated = (tag: string) =>
  applyDecorators(ApiTags(tag), ApiSecurity('apiKey'), ApiSecurity('bearer'));

const ALWAYS: readonly ErrorCode[] = ['unauthenticated', 'rate_limited', 'unavailable', 'internal'];

/** Documents the error codes of an operation, one response a status, one example a code. */
export function ApiErrors(...codes: ErrorCode[]) {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of [...codes, ...ALWAYS]) {
    const { status } = ERROR_TABLE[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return applyDecorators(
    ...[...byStatus].map(([status, sameStatus]) =>
      ApiResponse({
        status,
        description: sameStatus.map((code) => `\`${code}\`: ${ERROR_TABLE[code].title}`).join(' '),
        content: {
          'application/problem+json': {
            schema: { $ref: '#/components/schemas/ProblemDto' },
            examples: Object.fromEntries(sameStatus.map((code) => [code, { value: ProblemDto.example(code) }])),
          },
        },
      }),
    ),
  );
}
