import { Injectable } from '@nestjs/common';
import { type ConnectionClaims, credentialOf, verifyConnectionString } from '../../auth/connection-string.js';
import { KeyRing } from '../../auth/key-ring.js';
import { messageKey } from '../../auth/message-string.js';
import type { Principal } from '../../auth/principal.js';
import type { Scope } from '../../auth/scope.js';
import { CodedError } from '../../errors/coded-error.js';
import { RevealRights } from '../../pii/audit/reveal-rights.js';
import { type Entrance, WorkspaceAccesses } from '../../workspace/workspace-access.js';
import { ChatFeed } from '../feed/chat-feed.js';
import { ChatSession } from './chat-session.js';
import { EntranceStore, type EntranceRow, type Knock } from './entrance.store.js';
import type { Handshake } from '../wire.js';

const NO_SCOPES: ReadonlySet<Scope> = new Set();
const PII_SCOPE: ReadonlySet<Scope> = new Set<Scope>(['pii:rehydrate']);

/** Turns a connection string into a session: the whole of what must hold before any handler runs. */
@Injectable()
export class SessionOpener {
  constructor(
    private readonly ring: KeyRing,
    private readonly workspaces: WorkspaceAccesses,
    private readonly entrances: EntranceStore,
    private readonly feed: ChatFeed,
    private readonly rights: RevealRights,
  ) {}

  /**
   * In this order: the string is authentic, not expired, made for this chat; chat, workspace, user and credential still
   * exist and the user may read; then, as the last step, the string is used up, so that a forgery never writes.
   * Reading and using up are one question, unless somebody asks for originals and may yet be refused these.
   * The session follows the feed of its chat; whoever drops it closes that.
   * @param permit asked once the string has proved to be authentic; throws when its user may open no more
   * @throws CodedError
   */
  async open(
    { chatId, connectionString, rehydrate = false }: Partial<Handshake>,
    permit: (principal: Principal) => void,
  ): Promise<ChatSession> {
    const now = Date.now() / 1_000;
    const verdict = verifyConnectionString(connectionString, this.ring, { now, chatId });
    if (!verdict.ok) throw new CodedError(verdict.code);
    const { claims, kid } = verdict;
    const signer = this.ring.find(kid);
    if (!signer) throw new CodedError('connection_string_invalid');
    const credentialId = credentialOf(claims.jti);
    const scopes = claims.scp === 'chat' ? NO_SCOPES : PII_SCOPE;
    const principal: Principal = { userId: claims.sub, credentialId, scopes };
    permit(principal);

    const knock = knockOf(claims, credentialId);
    const following = this.feed.follow(knock.workspaceId, knock.chatId);
    try {
      if (rehydrate) {
        const { access } = this.admitted(await this.entrances.look(knock));
        await this.rights.require('rehydrate', access, knock.chatId, { principal, requestId: knock.jti });
      }
      const row = await this.entrances.enter(knock);
      const { access, displayName, title, lastSeq } = this.admitted(row);
      if (!row.burnt) throw new CodedError('connection_string_used');
      following.begin(lastSeq);
      const key = messageKey(signer.messageSecret, claims);
      const record = following.sharedRecord({ workspaceId: knock.workspaceId, chatId: knock.chatId, title });
      return new ChatSession(
        principal,
        displayName,
        record,
        access,
        key,
        kid,
        claims.iat,
        claims.sxp * 1_000,
        rehydrate,
        following,
      );
    } catch (error) {
      following.close();
      throw error;
    }
  }

  /** @throws CodedError `chat_not_found`, `access_revoked` */
  private admitted({ chat, entry }: EntranceRow): Entrance & NonNullable<EntranceRow['chat']> {
    if (!chat) throw new CodedError('chat_not_found');
    const entrance = this.workspaces.entranceOf(entry);
    if (!entrance) throw new CodedError('access_revoked');
    return { ...entrance, title: chat.title, lastSeq: chat.lastSeq };
  }
}

const knockOf = ({ wsp, sub, cht, iat, jti, exp }: ConnectionClaims, credentialId: string): Knock => ({
  workspaceId: wsp,
  userId: sub,
  credentialId,
  issuedAt: iat,
  chatId: cht,
  jti,
  expiresAt: exp,
});
