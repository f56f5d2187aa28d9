import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import { Optional } from '../edge/validation.js';
import type { User } from './user.entity.js';

export class CreateUserDto {
  @ApiProperty({ minLength: 1, maxLength: 200, example: 'Support bot' })
  @IsString()
  @Length(1, 200)
  displayName: string;

  @ApiPropertyOptional({
    description: 'Id of the user in your own directory; the `sub` of their bearer tokens. Unique.',
    minLength: 1,
    maxLength: 200,
    example: 'employee-00817',
  })
  @Optional()
  @IsString()
  @Length(1, 200)
  externalId?: string;
}

export class UserDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ example: 'Support bot' })
  displayName: string;

  @ApiProperty({ type: String, nullable: true, example: 'employee-00817' })
  externalId: string | null;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  static of(this: void, user: User): UserDto {
    return {
      id: user.id,
      displayName: user.displayName,
      externalId: user.externalId,
      createdAt: user.createdAt.toISOString(),
    };
  }
}
