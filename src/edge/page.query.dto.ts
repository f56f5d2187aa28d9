import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsString, Max, MaxLength, Min } from 'class-validator';
import { Optional } from './validation.js';
import { DEFAULT_LIMIT, MAX_LIMIT } from './page.js';

/** Query of every list that is paged by an opaque cursor. */
export class PageQuery {
  @ApiPropertyOptional({ description: 'nextCursor of the page before', maxLength: 256 })
  @Optional()
  @IsString()
  @MaxLength(256)
  cursor?: string;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT })
  @Optional()
  // Number() of an object calls what the caller made of its toString.
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? Number(value) : value))
  @IsInt()
  @Min(1)
  @Max(MAX_LIMIT)
  limit: number = DEFAULT_LIMIT;
}
