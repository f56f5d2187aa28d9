import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsObject, IsString, IsUUID, Matches, MaxLength } from 'class-validator';
import { Optional } from '../edge/validation.js';
import { ENTITY_TYPE_PATTERN } from './entity-type.js';

const MAX_TEXT = 65_536;

export class DetectDto {
  @ApiProperty({ maxLength: MAX_TEXT, example: 'mail Ada at ada@example.org' })
  @IsString()
  @MaxLength(MAX_TEXT)
  text: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Placeholder to original value, as X-Pii-Mapping.',
    example: { '<PERSON_1>': 'Ada' },
  })
  @Optional()
  @IsObject()
  mapping?: Record<string, string>;

  @ApiPropertyOptional({ format: 'uuid', description: 'Number placeholders as this chat would.' })
  @Optional()
  @IsUUID()
  chatId?: string;

  @ApiPropertyOptional({ type: [String], description: 'Entity types to look for. Default: all.' })
  @Optional()
  @IsArray()
  @ArrayMaxSize(64)
  @Matches(ENTITY_TYPE_PATTERN, { each: true })
  types?: string[];
}

export class PositionDto {
  @ApiProperty({ type: 'integer', description: 'Unicode code points', example: 5 })
  start: number;

  @ApiProperty({ type: 'integer', description: 'Exclusive', example: 15 })
  end: number;

  @ApiProperty({ example: 'PERSON' })
  type: string;

  @ApiProperty({ example: '<PERSON_1>' })
  placeholder: string;
}

export class DetectedDto {
  @ApiProperty({ example: 'mail <PERSON_1> at <EMAIL_ADDRESS_1>' })
  redactedText: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { '<PERSON_1>': 'Ada', '<EMAIL_ADDRESS_1>': 'ada@example.org' },
  })
  mapping: Record<string, string>;

  @ApiProperty({ type: [PositionDto], description: 'Where placeholders stand in redactedText.' })
  positions: PositionDto[];
}

export class RehydrateDto {
  @ApiProperty({ maxLength: MAX_TEXT, example: 'I wrote to <PERSON_1>' })
  @IsString()
  @MaxLength(MAX_TEXT)
  text: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Your own values; they go before those of the vault.',
    example: { '<PERSON_1>': 'Ada' },
  })
  @Optional()
  @IsObject()
  mapping?: Record<string, string>;

  @ApiPropertyOptional({
    format: 'uuid',
    description: 'Take values from the vault of this chat: needs piiAccess and a key with `pii:rehydrate`; audited.',
  })
  @Optional()
  @IsUUID()
  chatId?: string;
}

export class RehydratedDto {
  @ApiProperty({ example: 'I wrote to Ada' })
  text: string;
}
