import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsString, IsUUID, Length, Max, Min } from 'class-validator';
import { Optional } from '../edge/validation.js';
import { PageQuery } from '../edge/page.query.dto.js';
import type { Chat } from './chat.entity.js';

export class CreateChatDto {
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  workspaceId: string;

  @ApiPropertyOptional({ minLength: 1, maxLength: 200, default: 'Chat', example: 'Returns' })
  @Optional()
  @IsString()
  @Length(1, 200)
  title?: string;
}

export class UpdateChatDto {
  @ApiProperty({ minLength: 1, maxLength: 200, example: 'Returns and refunds' })
  @IsString()
  @Length(1, 200)
  title: string;
}

export class ChatsQuery extends PageQuery {
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  workspaceId: string;
}

export class ChatDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'uuid' })
  workspaceId: string;

  @ApiProperty({ example: 'Returns', description: 'Masked by the policy of the workspace.' })
  title: string;

  @ApiProperty({ type: 'integer', description: 'Sequence of the latest event; 0 for an empty chat' })
  lastSeq: number;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ format: 'date-time' })
  updatedAt: string;

  static of(this: void, chat: Chat): ChatDto {
    return {
      id: chat.id,
      workspaceId: chat.workspaceId,
      title: chat.title,
      lastSeq: chat.lastSeq,
      createdAt: chat.createdAt.toISOString(),
      updatedAt: chat.updatedAt.toISOString(),
    };
  }
}

export class ChatPageDto {
  @ApiProperty({ type: [ChatDto] })
  items: ChatDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}

export class ConnectionStringRequestDto {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: 86_400,
    example: 600,
    description: 'Seconds that the session may last, where that is less than the setting of the service (1 h)',
  })
  @Optional()
  @IsInt()
  @Min(1)
  @Max(86_400)
  sessionSeconds?: number;
}

export class ConnectionStringDto {
  @ApiProperty({ description: 'Opens this chat on the socket, once.' })
  connectionString: string;

  @ApiProperty({ description: '32 bytes in base64url: the key of the message strings of the session.' })
  messageKey: string;

  @ApiProperty({ format: 'date-time', description: 'Until when the connection string can be used.' })
  expiresAt: string;

  @ApiProperty({ format: 'date-time', description: 'Until when the session lasts that it opens.' })
  sessionExpiresAt: string;
}
