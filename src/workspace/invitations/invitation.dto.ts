import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsISO8601, IsRFC3339, IsString, Max, MaxLength, Min } from 'class-validator';
import { Optional } from '../../edge/validation.js';
import { MemberDto } from '../workspace.dto.js';
import { INVITED_ROLES, type InvitationRow, type InvitedRole } from './invitation.store.js';

const MAX_USES = 1_000;

export class CreateInvitationDto {
  @ApiProperty({ enum: INVITED_ROLES, description: 'What whoever accepts becomes; never an owner.' })
  @IsIn(INVITED_ROLES)
  role: InvitedRole;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: MAX_USES, default: 1 })
  @Optional()
  @IsInt()
  @Min(1)
  @Max(MAX_USES)
  maxUses?: number;

  @ApiPropertyOptional({ format: 'date-time', description: 'Within 30 days; without it in 7 days.' })
  @Optional()
  @IsISO8601({ strict: true, strictSeparator: true })
  @IsRFC3339()
  expiresAt?: string;
}

export class InvitationDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ enum: INVITED_ROLES })
  role: InvitedRole;

  @ApiProperty({ type: 'integer' })
  maxUses: number;

  @ApiProperty({ type: 'integer', description: 'How many have joined by it' })
  uses: number;

  @ApiProperty({ format: 'uuid' })
  createdBy: string;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ format: 'date-time' })
  expiresAt: string;

  static of(this: void, { id, role, maxUses, uses, createdBy, createdAt, expiresAt }: InvitationRow): InvitationDto {
    const times = { createdAt: createdAt.toISOString(), expiresAt: expiresAt.toISOString() };
    return { id, role, maxUses, uses, createdBy, ...times };
  }
}

export class CreatedInvitationDto extends InvitationDto {
  @ApiProperty({ example: 'cki_…', description: 'Shown this once. Put it behind the # of a link of your client.' })
  token: string;
}

export class InvitationPageDto {
  @ApiProperty({ type: [InvitationDto] })
  items: InvitationDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}

export class AcceptInvitationDto {
  @ApiProperty({ maxLength: 128, example: 'cki_…' })
  @IsString()
  @MaxLength(128)
  token: string;
}

export class MembershipDto extends MemberDto {
  @ApiProperty({ format: 'uuid' })
  workspaceId: string;
}
