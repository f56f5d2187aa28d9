import { ApiProperty } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';

export class SetReadMarkDto {
  @ApiProperty({ type: 'integer', minimum: 0, example: 42 })
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  seq: number;
}

export class ReadStateDto {
  @ApiProperty({ type: 'integer', description: 'Everything up to here has been read' })
  seq: number;

  @ApiProperty({ type: 'integer', description: 'Messages of others behind it; counted up to 10,000' })
  unread: number;

  @ApiProperty({ type: 'integer', description: 'Those among them that mention you' })
  unreadMentions: number;
}

export class ReadMarkDto {
  @ApiProperty({ format: 'uuid' })
  chatId: string;

  @ApiProperty({ format: 'uuid' })
  userId: string;

  @ApiProperty({ type: 'integer', description: 'Everything up to here has been read' })
  seq: number;
}
