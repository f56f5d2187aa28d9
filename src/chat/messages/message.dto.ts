import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { AttachmentDto } from '../attachments/attachment.dto.js';
import { PositionDto } from '../../pii/pii.dto.js';

/** `pii` of a send body: what the headers say, as JSON, without their size limit. */
export class PiiInstructionsDto {
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'As X-Pii-Mapping.',
    example: { '<PERSON_1>': 'Ada' },
  })
  mapping?: Record<string, string>;

  @ApiPropertyOptional({
    oneOf: [{ type: 'boolean' }, { type: 'string' }, { type: 'array', items: { type: 'string' } }],
    description: 'As X-Auto-Pii-Mapping.',
    example: true,
  })
  auto?: boolean | string | string[];

  @ApiPropertyOptional({
    type: 'array',
    items: {
      type: 'object',
      required: ['start', 'end', 'type'],
      properties: { start: { type: 'integer' }, end: { type: 'integer' }, type: { type: 'string' } },
    },
    description: 'As X-Pii-Positions.',
    example: [{ start: 5, end: 8, type: 'PERSON' }],
  })
  positions?: { start: number; end: number; type: string }[];

  @ApiPropertyOptional({
    oneOf: [
      { type: 'string', enum: ['vault'] },
      { type: 'object', additionalProperties: { type: 'string' } },
    ],
    description: 'As X-Chat-History-Pii-Mapping.',
    example: 'vault',
  })
  history?: string | Record<string, string>;
}

export class SendMessageDto {
  @ApiProperty({ minLength: 1, example: 'mail Ada at ada@example.org' })
  message: string;

  @ApiPropertyOptional({
    pattern: '^[A-Za-z0-9_-]{1,64}$',
    description: 'Makes the send idempotent for you in this chat, for good.',
    example: 'c-1',
  })
  clientMessageId?: string;

  @ApiPropertyOptional({ format: 'uuid', description: 'A message of the same chat.' })
  replyTo?: string;

  @ApiPropertyOptional({
    type: [String],
    maxItems: 50,
    description: 'Ids of members that the message calls. Write no name into the text: it would be masked.',
    example: [],
  })
  mentions?: readonly string[];

  @ApiPropertyOptional({ type: PiiInstructionsDto })
  pii?: PiiInstructionsDto;
}

export class SendSpaceMessageDto extends SendMessageDto {
  @ApiPropertyOptional({ format: 'uuid', description: 'A chat of the space; its default chat without it.' })
  chatId?: string;
}

export class EditMessageDto {
  @ApiProperty({ minLength: 1, example: 'mail Ada at ada@example.com' })
  message: string;

  @ApiPropertyOptional({
    pattern: '^[A-Za-z0-9_-]{1,64}$',
    description: 'Makes the edit idempotent.',
    example: 'e-1',
  })
  clientMessageId?: string;

  @ApiPropertyOptional({
    type: [String],
    maxItems: 50,
    description: 'As for a new message; those of before stay where this is left out.',
    example: [],
  })
  mentions?: readonly string[];

  @ApiPropertyOptional({ type: PiiInstructionsDto })
  pii?: PiiInstructionsDto;
}

export class MessageEditDto {
  @ApiProperty({ example: 'mail <PERSON_1> at <EMAIL_ADDRESS_1>', description: 'Masked' })
  text: string;

  @ApiProperty({ type: [PositionDto] })
  positions: PositionDto[];

  @ApiProperty({ format: 'date-time', description: 'When this text was written' })
  writtenAt: string;

  @ApiProperty({ type: 'integer', description: 'Sequence of the edit that replaced it' })
  replacedSeq: number;
}

export class MessageDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'uuid' })
  spaceId: string;

  @ApiProperty({ format: 'uuid' })
  chatId: string;

  @ApiProperty({ type: 'integer', example: 42, description: 'Position in the chat: 1, 2, 3 … without gaps.' })
  seq: number;

  @ApiProperty({ format: 'uuid', description: 'The nil UUID for a guest.' })
  senderId: string;

  @ApiPropertyOptional({ example: 'c-1' })
  clientMessageId?: string;

  @ApiPropertyOptional({ format: 'uuid' })
  replyTo?: string;

  @ApiPropertyOptional({ type: [String], description: 'Ids of the members that the message calls.' })
  mentions?: readonly string[];

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiPropertyOptional({ type: 'integer', description: 'Sequence of the latest change, once there was one.' })
  updatedSeq?: number;

  @ApiPropertyOptional({ format: 'date-time' })
  editedAt?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'A deleted message stays as a tombstone without text.' })
  deletedAt?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'How many users set each reaction.',
    example: { ':tada:': 2 },
  })
  reactions?: Record<string, number>;

  @ApiPropertyOptional({ format: 'date-time', description: 'Since when the message is pinned to the chat.' })
  pinnedAt?: string;

  @ApiPropertyOptional({ type: [AttachmentDto], description: 'Files that were uploaded and looked at.' })
  attachments?: readonly AttachmentDto[];

  @ApiProperty({ example: 'mail <PERSON_1> at <EMAIL_ADDRESS_1>', description: 'The masked text.' })
  text: string;

  @ApiProperty({ type: [PositionDto] })
  positions: PositionDto[];

  @ApiPropertyOptional({
    example: 'mail Ada at ada@example.org',
    description: 'The rehydrated text, only for who is entitled and asks.',
  })
  message?: string;
}

export class SentMessageDto extends MessageDto {
  @ApiProperty({ required: true, example: 'mail Ada at ada@example.org', description: 'The text as you sent it.' })
  declare message: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'What stands for what, to the sender alone.',
    example: { '<PERSON_1>': 'Ada', '<EMAIL_ADDRESS_1>': 'ada@example.org' },
  })
  piiMapping: Record<string, string>;
}

export class MessagePageDto {
  @ApiProperty({ type: [MessageDto], description: 'In rising order of seq.' })
  items: MessageDto[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Leads on in the direction of the page: to older messages, or with `after` to newer ones.',
  })
  nextCursor: string | null;
}
