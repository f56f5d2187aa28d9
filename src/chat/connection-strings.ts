import { Injectable } from '@nestjs/common';
import {
  CONNECTION_AUDIENCE,
  CONNECTION_ISSUER,
  type ConnectionClaims,
  newJti,
  signConnectionString,
} from '../auth/connection-string.js';
import { KeyRing } from '../auth/key-ring.js';
import { messageKey } from '../auth/message-string.js';
import type { Principal } from '../auth/principal.js';
import { Config } from '../config/config.js';
import { maySeeOriginals } from '../workspace/workspace-access.js';
import type { ChatAccess } from './chat-access.js';
import type { ConnectionStringDto } from './chat.dto.js';

/** Hands out what opens a chat on the socket. Nothing is stored: string and message key follow from the key ring. */
@Injectable()
export class ConnectionStrings {
  constructor(
    private readonly config: Config,
    private readonly ring: KeyRing,
  ) {}

  /** @param sessionSeconds how long the session may last at most, where that is less than what is configured */
  issue(principal: Principal, { chat, access }: ChatAccess, sessionSeconds = Infinity): ConnectionStringDto {
    const now = Math.floor(Date.now() / 1_000);
    const claims: ConnectionClaims = {
      iss: CONNECTION_ISSUER,
      aud: CONNECTION_AUDIENCE,
      sub: principal.userId,
      wsp: chat.workspaceId,
      cht: chat.chatId,
      scp: maySeeOriginals(principal, access) ? 'chat pii' : 'chat',
      jti: newJti(principal.credentialId),
      iat: now,
      nbf: now,
      exp: now + this.config.connectionStringSeconds,
      sxp: now + Math.min(sessionSeconds, this.config.sessionSeconds),
    };
    return {
      connectionString: signConnectionString(claims, this.ring),
      messageKey: messageKey(this.ring.current.messageSecret, claims).toString('base64url'),
      expiresAt: new Date(claims.exp * 1_000).toISOString(),
      sessionExpiresAt: new Date(claims.sxp * 1_000).toISOString(),
    };
  }
}
