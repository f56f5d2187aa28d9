import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsBoolean, IsIn, IsObject, IsString, Length, ValidateNested } from 'class-validator';
import { Optional } from '../edge/validation.js';
import { EffectivePiiPolicyDto, PiiPolicyDto } from './pii-policy.dto.js';
import { type Role, ROLES } from './role.js';
import type { Visibility, Workspace } from './workspace.entity.js';

const VISIBILITIES = ['private', 'public'] as const;

export class CreateWorkspaceDto {
  @ApiProperty({ minLength: 1, maxLength: 200, example: 'Customer support' })
  @IsString()
  @Length(1, 200)
  name: string;

  @ApiPropertyOptional({
    enum: VISIBILITIES,
    default: 'private',
    description: 'A `public` workspace can be read (masked) and written by anybody, also without a key.',
  })
  @Optional()
  @IsIn(VISIBILITIES)
  visibility?: Visibility;

  @ApiPropertyOptional({ description: 'Short for visibility: true is `public`. Not together with it.' })
  @Optional()
  @IsBoolean()
  public?: boolean;

  @ApiPropertyOptional({ type: PiiPolicyDto })
  @Optional()
  @IsObject()
  @ValidateNested()
  @Type(() => PiiPolicyDto)
  piiPolicy?: PiiPolicyDto;
}

export class UpdateWorkspaceDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: 200, example: 'Customer support' })
  @Optional()
  @IsString()
  @Length(1, 200)
  name?: string;

  @ApiPropertyOptional({ enum: VISIBILITIES })
  @Optional()
  @IsIn(VISIBILITIES)
  visibility?: Visibility;

  @ApiPropertyOptional({ description: 'Short for visibility: true is `public`. Not together with it.' })
  @Optional()
  @IsBoolean()
  public?: boolean;

  @ApiPropertyOptional({ type: PiiPolicyDto })
  @Optional()
  @IsObject()
  @ValidateNested()
  @Type(() => PiiPolicyDto)
  piiPolicy?: PiiPolicyDto;
}

export class WorkspaceDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ example: 'Customer support', description: 'Masked by the policy of the workspace.' })
  name: string;

  @ApiProperty({ enum: VISIBILITIES })
  visibility: Visibility;

  @ApiProperty({ format: 'uuid', description: 'The chat that `/v1/spaces/{spaceId}/chat` uses.' })
  defaultChatId: string;

  @ApiProperty({ type: EffectivePiiPolicyDto })
  piiPolicy: EffectivePiiPolicyDto;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ format: 'date-time' })
  updatedAt: string;

  static of(this: void, workspace: Workspace): WorkspaceDto {
    return {
      id: workspace.id,
      name: workspace.name,
      visibility: workspace.visibility,
      defaultChatId: workspace.defaultChatId,
      piiPolicy: workspace.piiPolicy,
      createdAt: workspace.createdAt.toISOString(),
      updatedAt: workspace.updatedAt.toISOString(),
    };
  }
}

export class WorkspacePageDto {
  @ApiProperty({ type: [WorkspaceDto] })
  items: WorkspaceDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}

export class PutMemberDto {
  @ApiProperty({ enum: ROLES })
  @IsIn(ROLES)
  role: Role;

  @ApiPropertyOptional({
    description:
      'May see originals, through a key with the scope `pii:rehydrate`. Left out: as before, and not for a new member.',
  })
  @Optional()
  @IsBoolean()
  piiAccess?: boolean;
}

export class MemberDto {
  @ApiProperty({ format: 'uuid' })
  userId: string;

  @ApiProperty({ enum: ROLES })
  role: Role;

  @ApiProperty()
  piiAccess: boolean;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;
}

export class MemberPageDto {
  @ApiProperty({ type: [MemberDto] })
  items: MemberDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}
