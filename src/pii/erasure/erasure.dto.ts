import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Equals, IsString, IsUUID, Length, Matches } from 'class-validator';
import { Optional } from '../../edge/validation.js';
import { ERASURE_KINDS, type ErasureKind } from './receipt.js';

/** What to erase: `type` and `value`, or one of the others. */
export class EraseDto {
  @ApiPropertyOptional({ example: 'EMAIL_ADDRESS', description: 'Together with `value`: a person, in all chats' })
  @Optional()
  @IsString()
  @Matches(/^[A-Z][A-Z0-9_]{0,31}$/)
  type?: string;

  @ApiPropertyOptional({ minLength: 1, maxLength: 1024, example: 'ada@example.org' })
  @Optional()
  @IsString()
  @Length(1, 1024)
  value?: string;

  @ApiPropertyOptional({ format: 'uuid', description: 'Originals in messages that this user sent' })
  @Optional()
  @IsUUID('all')
  userId?: string;

  @ApiPropertyOptional({ format: 'uuid', description: 'All originals of this chat' })
  @Optional()
  @IsUUID('all')
  chatId?: string;

  @ApiPropertyOptional({ enum: [true], description: 'All originals of the workspace' })
  @Optional()
  @Equals(true)
  workspace?: true;
}

export class ErasureDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'uuid' })
  workspaceId: string;

  @ApiProperty({ enum: ERASURE_KINDS })
  kind: ErasureKind;

  @ApiProperty({ format: 'date-time', description: 'From then on nobody is shown the originals' })
  logicalAt: string;

  @ApiProperty({
    format: 'date-time',
    description: 'Until then the master keys in `kids` are to be retired; after that no copy can be opened either',
  })
  finalBy: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'object', additionalProperties: { type: 'integer' } },
    example: { '0190a000-0000-7000-8000-000000000002': { EMAIL_ADDRESS: 1 } },
    description: 'Erased values, by chat and entity type',
  })
  counts: Readonly<Record<string, Readonly<Record<string, number>>>>;

  @ApiProperty({ type: [String], example: ['m1'], description: 'Master keys that may still open copies' })
  kids: readonly string[];

  @ApiProperty({
    description: 'Ed25519 over the JSON of all members but this and the next, members sorted (RFC 8785), in base64url',
  })
  signature: string;

  @ApiProperty({ description: 'Raw Ed25519 key in base64url' })
  publicKey: string;
}

export class ErasurePageDto {
  @ApiProperty({ type: [ErasureDto], description: 'Latest first' })
  items: ErasureDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}
