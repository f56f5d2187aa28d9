import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, Matches } from 'class-validator';

const PLACEHOLDER = /^<[A-Z][A-Z0-9_]{0,31}_[1-9][0-9]{0,5}>$/;
const MAX_PLACEHOLDERS = 256;

export class PlaceholderDto {
  @ApiProperty({ example: '<PERSON_1>' })
  placeholder: string;

  @ApiProperty({ example: 'PERSON' })
  type: string;

  @ApiProperty({ description: 'Whether the original is in the vault' })
  revealable: boolean;

  @ApiProperty({ type: 'integer', description: 'Messages that show it' })
  count: number;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'First message that shows it' })
  firstUsedAt: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Latest message that shows it' })
  lastUsedAt: string | null;
}

export class PlaceholderPageDto {
  @ApiProperty({ type: [PlaceholderDto] })
  items: PlaceholderDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}

export class RevealDto {
  @ApiProperty({ type: [String], example: ['<PERSON_1>'], maxItems: MAX_PLACEHOLDERS })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_PLACEHOLDERS)
  @ArrayUnique()
  @Matches(PLACEHOLDER, { each: true })
  placeholders: string[];
}

export class RevealedDto {
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { '<PERSON_1>': 'Ada' },
    description: 'Placeholders whose original is not there are missing.',
  })
  values: Record<string, string>;

  @ApiProperty({
    format: 'date-time',
    description: 'A minute later: when whoever shows the values has to hide them again',
  })
  expiresAt: string;
}
