import { Injectable } from '@nestjs/common';
import { credentialOf, verifyConnectionString } from '../../auth/connection-string.js';
import { KeyRing } from '../../auth/key-ring.js';
import { messageKey } from '../../auth/message-string.js';
import type { Principal } from '../../auth/principal.js';
import type { Scope } from '../../auth/scope.js';
import { UsedConnectionStringStore } from '../../auth/used-connection-string.store.js';
import { CodedError } from '../../errors/coded-error.js';
import { RevealRights } from '../../pii/audit/reveal-rights.js';
import { WorkspaceAccesses } from '../../workspace/workspace-access.js';
import { ChatFeed } from '../feed/chat-feed.js';
import { ChatSession } from './chat-session.js';
import { ChatStore } from '../chat.store.js';
import type { Handshake } from '../wire.js';

const NO_SCOPES: ReadonlySet<Scope> = new Set();
const PII_SCOPE: ReadonlySet<Scope> = new Set<Scope>(['pii:rehydrate']);

/** Turns a connection string into a session: the whole of what must hold before any handler runs. */
@Injectable()
export class SessionOpener {
  constructor(
    private readonly ring: KeyRing,
    private readonly used: UsedConnectionStringStore,
    private readonly workspaces: WorkspaceAccesses,
    private readonly chats: ChatStore,
    private readonly feed: ChatFeed,
    private readonly rights: RevealRights,
  ) {}

  /**
   * In this order: the string is authentic, not expired, made for this chat; chat, workspace, user and credential still
   * exist and the user may read; then, as the last step, the string is used up, so that a forgery never writes.
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

    // Where nobody reads the chat here yet, it asks for the chat as well: together they are one question.
    const opening = this.feed.open(claims.wsp, claims.cht);
    try {
      const [chat, entrance, following] = await Promise.all([
        this.chats.find(claims.cht),
        this.workspaces.enter({ workspaceId: claims.wsp, userId: claims.sub, credentialId, issuedAt: claims.iat }),
        opening,
      ]);
      if (!chat || chat.workspaceId !== claims.wsp) throw new CodedError('chat_not_found');
      if (!entrance) throw new CodedError('access_revoked');
      const { access, displayName } = entrance;
      if (rehydrate) await this.rights.require('rehydrate', access, chat.chatId, { principal, requestId: claims.jti });
      if (!(await this.used.burn(claims.jti, claims.exp))) throw new CodedError('connection_string_used');
      const key = messageKey(signer.messageSecret, claims);
      const record = following.sharedRecord(chat);
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
      void opening.then((following) => following.close()).catch(() => undefined);
      throw error;
    }
  }
}
