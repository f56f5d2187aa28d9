import { ApiProperty } from '@nestjs/swagger';
import { NO_CREDENTIAL } from '../../auth/principal.js';
import type { SessionRow } from './session.store.js';

export class UserSessionDto {
  @ApiProperty({ description: 'The `sessionId` of the event `session`.', example: 'AAECAwQFBgcICQoLDA0ODw' })
  id: string;

  @ApiProperty({ format: 'uuid' })
  workspaceId: string;

  @ApiProperty({ format: 'uuid' })
  chatId: string;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'The API key that asked for its connection string; null where a bearer token did.',
    example: '0198f2b3-60c4-7e21-9d47-1f2e3d4c5b6a',
  })
  keyId: string | null;

  @ApiProperty({ format: 'date-time', example: '2026-03-02T09:41:07.512Z' })
  openedAt: string;

  @ApiProperty({ format: 'date-time' })
  expiresAt: string;

  @ApiProperty({ description: 'Whether it is shown originals.' })
  rehydrate: boolean;

  static of(this: void, session: SessionRow): UserSessionDto {
    const { id, workspaceId, chatId, credentialId, openedAt, expiresAt, rehydrate } = session;
    return {
      id,
      workspaceId,
      chatId,
      keyId: credentialId === NO_CREDENTIAL ? null : credentialId,
      openedAt: openedAt.toISOString(),
      expiresAt: expiresAt.toISOString(),
      rehydrate,
    };
  }
}

export class UserSessionPageDto {
  @ApiProperty({ type: [UserSessionDto] })
  items: UserSessionDto[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}
