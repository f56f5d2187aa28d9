import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsISO8601, IsRFC3339, IsString, Length } from 'class-validator';
import { Optional } from '../../edge/validation.js';
import type { ModerationRow } from './moderation-log.js';
import type { RestrictionRow } from './restriction.store.js';

export class RestrictDto {
  @ApiPropertyOptional({ format: 'date-time', description: 'In the future; without it it lasts until it is lifted.' })
  @Optional()
  @IsISO8601({ strict: true, strictSeparator: true })
  @IsRFC3339()
  expiresAt?: string;

  @ApiPropertyOptional({ minLength: 1, maxLength: 200, description: 'For the log; masked.', example: 'advertising' })
  @Optional()
  @IsString()
  @Length(1, 200)
  reason?: string;
}

export class RestrictionDto {
  @ApiProperty({ format: 'uuid', description: 'The nil UUID stands for all guests.' })
  userId: string;

  @ApiProperty({ format: 'uuid' })
  createdBy: string;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  expiresAt: string | null;

  static of(this: void, { userId, createdBy, createdAt, expiresAt }: RestrictionRow): RestrictionDto {
    return { userId, createdBy, createdAt: createdAt.toISOString(), expiresAt: expiresAt?.toISOString() ?? null };
  }
}

export class RestrictionPageDto {
  @ApiProperty({ type: [RestrictionDto] })
  items: RestrictionDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}

export class ModerationEntryDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'date-time' })
  at: string;

  @ApiProperty({ example: 'ban' })
  action: string;

  @ApiProperty({ format: 'uuid', description: 'Who did it' })
  actorId: string;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'Whom it concerns' })
  userId: string | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { expiresAt: null, reason: 'advertising' },
    description: 'As far as they apply: role, piiAccess, expiresAt, invitationId, chatId, messageId, reason (masked)',
  })
  details: object;

  static of(this: void, { id, at, action, actorId, userId, details }: ModerationRow): ModerationEntryDto {
    return { id, at: at.toISOString(), action, actorId, userId, details };
  }
}

export class ModerationPageDto {
  @ApiProperty({ type: [ModerationEntryDto], description: 'Latest first' })
  items: ModerationEntryDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}
