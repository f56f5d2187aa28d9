import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  IsBoolean,
  IsIn,
  IsInt,
  Max,
  Min,
  Validate,
  ValidateIf,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import { Optional } from '../edge/validation.js';
import { type Operator, OPERATORS, type PiiPolicy, POLICY_MODES, type PolicyMode } from './pii-policy.js';

const ENTITY_TYPE = /^[A-Z][A-Z0-9_]{0,31}$/;
const MAX_TYPES = 64;
const MAX_DAYS = 36_500;
const ACCESS_REASONS = ['optional', 'required'] as const;

@ValidatorConstraint({ name: 'entityTypes' })
class AreEntityTypes implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    if (value === 'all') return true;
    return (
      Array.isArray(value) &&
      value.length <= MAX_TYPES &&
      value.every((type) => typeof type === 'string' && ENTITY_TYPE.test(type))
    );
  }
}

@ValidatorConstraint({ name: 'operators' })
class AreOperators implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const entries = Object.entries(value);
    return (
      entries.length <= MAX_TYPES &&
      entries.every(([type, operator]) => ENTITY_TYPE.test(type) && OPERATORS.includes(operator as Operator))
    );
  }
}

@ValidatorConstraint({ name: 'typeRetentionDays' })
class AreTypeDays implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const entries = Object.entries(value);
    return (
      entries.length <= MAX_TYPES &&
      entries.every(([type, days]) => ENTITY_TYPE.test(type) && Number.isInteger(days) && days >= 1 && days <= MAX_DAYS)
    );
  }
}

/** A policy in a request. Members that are left out keep their present value. */
export class PiiPolicyDto implements Partial<Omit<PiiPolicy, 'retentionDays'>> {
  @ApiPropertyOptional({
    enum: POLICY_MODES,
    description: 'Automatic detection: not unless asked for, unless declined, or always.',
  })
  @Optional()
  @IsIn(POLICY_MODES)
  mode?: PolicyMode;

  @ApiPropertyOptional({ description: 'Keep originals in the encrypted vault.' })
  @Optional()
  @IsBoolean()
  vault?: boolean;

  @ApiPropertyOptional({
    oneOf: [
      { type: 'string', enum: ['all'] },
      { type: 'array', items: { type: 'string', pattern: ENTITY_TYPE.source }, maxItems: MAX_TYPES },
    ],
    description: 'Entity types that detection looks for.',
    example: 'all',
  })
  @Optional()
  @Validate(AreEntityTypes)
  types?: string[] | 'all';

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string', enum: [...OPERATORS] },
    description: 'What happens to values of a type. Only `replace`, the default, can be undone.',
    example: { CREDIT_CARD: 'mask' },
  })
  @Optional()
  @Validate(AreOperators)
  operators?: Record<string, Operator>;

  @ApiPropertyOptional({
    enum: ACCESS_REASONS,
    description: 'Whether whoever reads originals must say why (X-Access-Reason).',
  })
  @Optional()
  @IsIn(ACCESS_REASONS)
  accessReason?: 'optional' | 'required';

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MAX_DAYS,
    nullable: true,
    description:
      'Days after which messages are removed, and originals that no message shows any more; null keeps them from then on.',
  })
  @ValidateIf((_, value: unknown) => value !== undefined && value !== null)
  @IsInt()
  @Min(1)
  @Max(MAX_DAYS)
  retentionDays?: number | null;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'integer', minimum: 1, maximum: MAX_DAYS },
    description: 'Days after which originals of a type are erased, whatever messages show them.',
    example: { CREDIT_CARD: 7 },
  })
  @Optional()
  @Validate(AreTypeDays)
  typeRetentionDays?: Record<string, number>;
}

/** A policy in an answer. */
export class EffectivePiiPolicyDto {
  @ApiProperty({ enum: POLICY_MODES })
  mode: PolicyMode;

  @ApiProperty()
  vault: boolean;

  @ApiProperty({
    oneOf: [
      { type: 'string', enum: ['all'] },
      { type: 'array', items: { type: 'string' } },
    ],
    example: 'all',
  })
  types: readonly string[] | 'all';

  @ApiProperty({ type: 'object', additionalProperties: { type: 'string', enum: [...OPERATORS] }, example: {} })
  operators: Readonly<Record<string, Operator>>;

  @ApiProperty({ enum: ACCESS_REASONS })
  accessReason: 'optional' | 'required';

  @ApiPropertyOptional({ type: 'integer' })
  retentionDays?: number;

  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'integer' } })
  typeRetentionDays?: Readonly<Record<string, number>>;
}
