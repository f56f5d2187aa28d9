import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length, Matches, MaxLength } from 'class-validator';

const BOOLEANS = ['true', 'false'] as const;

export class ExportQuery {
  @ApiPropertyOptional({ enum: ['ndjson'], default: 'ndjson' })
  @IsOptional()
  @IsIn(['ndjson'])
  format?: 'ndjson';

  @ApiPropertyOptional({
    enum: BOOLEANS,
    default: 'false',
    description: 'Originals beside masked texts; needs piiAccess and a key with `pii:rehydrate`; audited.',
  })
  @IsOptional()
  @IsIn(BOOLEANS)
  rehydrate?: 'true' | 'false';

  @ApiPropertyOptional({ description: 'A `cursor` of an export that was cut off', maxLength: 128 })
  @IsOptional()
  @IsString()
  @MaxLength(128)
  cursor?: string;
}

export class SubjectExportDto {
  @ApiProperty({ example: 'EMAIL_ADDRESS' })
  @IsString()
  @Matches(/^[A-Z][A-Z0-9_]{0,31}$/)
  type: string;

  @ApiProperty({ minLength: 1, maxLength: 1024, example: 'ada@example.org' })
  @IsString()
  @Length(1, 1024)
  value: string;
}
