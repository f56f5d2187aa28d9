import { ApiProperty } from '@nestjs/swagger';
import type { AuditRow } from './audit.store.js';

export class AuditEntryDto {
  @ApiProperty({ type: 'integer', description: 'Place in the chain of the workspace: 1, 2, 3 …' })
  seq: number;

  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'date-time' })
  at: string;

  @ApiProperty({ example: 'rehydrate', description: 'With `_refused` for whoever asked without the right.' })
  action: string;

  @ApiProperty({ format: 'uuid', description: 'The user' })
  actorId: string;

  @ApiProperty({ format: 'uuid', description: 'The API key; the nil UUID where none was used' })
  credentialId: string;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  chatId: string | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    example: { EMAIL_ADDRESS: 2 },
    description: 'Values asked for, by entity type',
  })
  counts: Readonly<Record<string, number>>;

  @ApiProperty({ type: String, nullable: true, description: 'As given in X-Access-Reason, masked' })
  reason: string | null;

  @ApiProperty({ description: 'Id of the request, or of the socket session' })
  requestId: string;

  @ApiProperty({ description: 'SHA-256 over the hash before and this entry, in hexadecimal' })
  hash: string;

  static of(this: void, row: AuditRow): AuditEntryDto {
    return { ...row, at: row.at.toISOString(), hash: row.hash.toString('hex') };
  }
}

export class AuditPageDto {
  @ApiProperty({ type: [AuditEntryDto], description: 'Latest first' })
  items: AuditEntryDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}
