import type { ApiResponseNoStatusOptions } from '@nestjs/swagger';
import { type ErrorCode, ERROR_TABLE } from './code-table.js';
import { ProblemDto } from './problem.dto.js';

/** How the API document tells of error codes: one response a status, one example a code. */
export function problemResponses(codes: readonly ErrorCode[]): Record<string, ApiResponseNoStatusOptions> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set(codes)) {
    const { status } = ERROR_TABLE[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, sameStatus]) => [
      status,
      {
        description: sameStatus.map((code) => `\`${code}\`: ${ERROR_TABLE[code].title}`).join(' '),
        content: {
          'application/problem+json': {
            schema: { $ref: '#/components/schemas/ProblemDto' },
            examples: Object.fromEntries(
              sameStatus.map((code) => [code, { summary: code, value: ProblemDto.example(code) }]),
            ),
          },
        },
      },
    ]),
  );
}
