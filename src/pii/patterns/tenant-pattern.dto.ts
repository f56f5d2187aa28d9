import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsNumber,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
} from 'class-validator';
import { Optional } from '../../edge/validation.js';
import { MAX_CONTEXT_WORD, MAX_EXPRESSION } from './tenant-pattern.js';

const MAX_CONTEXT_WORDS = 16;
const CONTEXT_WORD = new RegExp(`^[\\p{L}\\p{N}]{1,${MAX_CONTEXT_WORD}}$`, 'u');
const MIN_SCORE = 0.5;
const MAX_SCORE = 1;
const DEFAULT_SCORE = 0.85;

export class PutTenantPatternDto {
  @ApiProperty({
    minLength: 1,
    maxLength: MAX_EXPRESSION,
    description:
      'Regular expression in the syntax of RE2 (no back references, no look-around). The value is the whole match, or the ' +
      'group named `value`; it never begins or ends inside a word or number.',
    example: 'EMP-[0-9]{6}',
  })
  @IsString()
  @MinLength(1)
  @MaxLength(MAX_EXPRESSION)
  expression: string;

  @ApiPropertyOptional({
    type: [String],
    maxItems: MAX_CONTEXT_WORDS,
    description:
      'Words, of which one must stand up to 48 characters before the value or 16 behind it; none: no such condition.',
    example: ['employee', 'staff'],
    default: [],
  })
  @Optional()
  @IsArray()
  @ArrayMaxSize(MAX_CONTEXT_WORDS)
  @ArrayUnique()
  @Matches(CONTEXT_WORD, { each: true })
  context: string[] = [];

  @ApiPropertyOptional({
    minimum: MIN_SCORE,
    maximum: MAX_SCORE,
    default: DEFAULT_SCORE,
    description: 'How sure a match is: where finds overlap, the surer one wins.',
  })
  @Optional()
  @IsNumber()
  @Min(MIN_SCORE)
  @Max(MAX_SCORE)
  score: number = DEFAULT_SCORE;
}

export class TenantPatternDto {
  @ApiProperty({ example: 'EMPLOYEE_ID' })
  type: string;

  @ApiProperty({ example: 'EMP-[0-9]{6}' })
  expression: string;

  @ApiProperty({ type: [String], example: ['employee', 'staff'] })
  context: readonly string[];

  @ApiProperty({ example: DEFAULT_SCORE })
  score: number;

  @ApiProperty({
    description:
      'False where the pattern was saved with another version of the service, whose engine took it, and has to be saved ' +
      'anew. Until then it finds nothing; where masking is required, messages are refused with `unavailable`.',
    example: true,
  })
  usable: boolean;

  @ApiProperty({ format: 'date-time' })
  updatedAt: string;
}

export class TenantPatternListDto {
  @ApiProperty({ type: [TenantPatternDto] })
  items: TenantPatternDto[];
}
