import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsString, Max, MaxLength, Min } from 'class-validator';
import { Optional } from './validation.js';
import { DEFAULT_LIMIT, MAX_LIMIT } from './page.js';

const DIGITS = /^[0-9]{1,16}$/;

/** Query of every list that is paged by an opaque cursor. */
export class PageQuery {
  @ApiPropertyOptional({ description: 'nextCursor of the page before', maxLength: 256 })
  @Optional()
  @IsString()
  @MaxLength(256)
  cursor?: string;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT })
  @Optional()
  // Number() would take 0x1f and 1e1 as well.
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && DIGITS.test(value) ? Number(value) : value,
  )
  @IsInt()
  @Min(1)
  @Max(MAX_LIMIT)
  limit: number = DEFAULT_LIMIT;
}
