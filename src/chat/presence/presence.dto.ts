import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class MemberPresenceDto {
  @ApiProperty({ format: 'uuid' })
  userId: string;

  @ApiProperty({ description: 'Whether a socket of the member is in the chat, on whatever node' })
  online: boolean;

  @ApiPropertyOptional({ format: 'date-time', description: 'When a member left who is not online' })
  lastSeenAt?: string;
}

export class MemberPresencePageDto {
  @ApiProperty({ type: [MemberPresenceDto], description: 'By id of the user' })
  items: MemberPresenceDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}
