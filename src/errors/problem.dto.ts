import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { type ErrorCode, ERROR_TABLE } from './code-table.js';
import type { CodedError } from './coded-error.js';

/** RFC 9457 problem details. */
export class ProblemDto {
  @ApiProperty({ description: 'Page that explains the code', example: '/docs/errors/chat_not_found' })
  type: string;

  @ApiProperty({ description: 'What happened, a fixed sentence for each code' })
  title: string;

  @ApiProperty({ type: 'integer', description: 'HTTP status' })
  status: number;

  @ApiProperty({ enum: Object.keys(ERROR_TABLE), description: 'Code of the closed table' })
  code: ErrorCode;

  @ApiProperty({ description: 'Whether the same call may succeed later' })
  retryable: boolean;

  @ApiProperty({ description: 'Id under which the server logged the request' })
  requestId: string;

  @ApiPropertyOptional({ description: 'Header at fault' })
  header?: string;

  @ApiPropertyOptional({ description: 'Rule that was broken' })
  reason?: string;

  @ApiPropertyOptional({ type: 'integer', description: 'Index of the element at fault' })
  index?: number;

  @ApiPropertyOptional({ type: [String], description: 'Fields at fault' })
  fields?: string[];

  @ApiPropertyOptional({ type: 'integer', description: 'Seconds to wait' })
  retryAfter?: number;

  static of(error: CodedError, requestId: string): Record<string, unknown> {
    const { status, title, retryable } = error.entry;
    return {
      type: `/docs/errors/${error.code}`,
      title,
      status,
      code: error.code,
      retryable,
      requestId,
      ...error.details,
    };
  }

  static example(code: ErrorCode): Record<string, unknown> {
    const { status, title, retryable } = ERROR_TABLE[code];
    return { type: `/docs/errors/${code}`, title, status, code, retryable, requestId: 'req-4f1c' };
  }
}
