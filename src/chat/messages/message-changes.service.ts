import { Injectable } from '@nestjs/common';
import { isGuest, type Principal } from '../../auth/principal.js';
import { CodedError } from '../../errors/coded-error.js';
import type { Reader } from '../../pii/audit/audit-entry.js';
import { Masker } from '../../pii/masker.js';
import type { Sent } from '../../pii/pii-mapping.interceptor.js';
import { mayAdminister, mayPost } from '../../workspace/role.js';
import type { ChatAccess } from '../chat-access.js';
import { ChatFeed } from '../feed/chat-feed.js';
import { Mentions } from './mentions.js';
import { type Changed, type ChangeTarget, MessageChangeStore, type Permission } from './message-change.store.js';
import { MessageRemoval } from './message-removal.js';
import type { EarlierText, MessageView } from './message-view.js';
import { MAX_ROUNDS, type Sending } from './messages.service.js';
import { OutdatedError } from './outdated-error.js';

/** What happens to messages after they were sent, over REST and the socket alike. */
@Injectable()
export class MessageChanges {
  constructor(
    private readonly store: MessageChangeStore,
    private readonly masker: Masker,
    private readonly feed: ChatFeed,
    private readonly mentions: Mentions,
    private readonly removal: MessageRemoval,
  ) {}

  /** For the author. @throws CodedError `forbidden`, `message_not_found`, also for a message that was deleted */
  async edit(
    principal: Principal,
    current: ChatAccess,
    messageId: string,
    { draft, clientMessageId, mentions }: Omit<Sending, 'replyTo'>,
  ): Promise<Sent<MessageView>> {
    const target = this.targetOf(principal, current, messageId, clientMessageId);
    await this.store.check(target, byAuthor(principal));
    await this.mentions.check(current.access, mentions);
    for (let round = 1; ; round += 1) {
      const placed = await this.masker.place(await draft, current.chat, current.access.policy);
      try {
        const edited = await this.store.edit(target, { ...placed, mentions }, byAuthor(principal));
        return { view: this.tell(edited), placed };
      } catch (error) {
        if (!(error instanceof OutdatedError) || round === MAX_ROUNDS) throw error;
        this.masker.forget(current.chat);
      }
    }
  }

  /** For the author, and for owners and admins. Originals that no other message shows are erased with it. */
  async delete(
    reader: Reader & { readonly principal: Principal },
    current: ChatAccess,
    messageId: string,
    clientMessageId?: string,
  ): Promise<MessageView> {
    const { principal } = reader;
    const target = this.targetOf(principal, current, messageId, clientMessageId);
    return this.tell(await this.removal.remove(target, byAuthorOrAdministrator(principal), reader));
  }

  /** For everybody who may post. */
  async react(
    principal: Principal,
    current: ChatAccess,
    messageId: string,
    reaction: string,
    on: boolean,
  ): Promise<MessageView> {
    const target = this.targetOf(principal, current, messageId);
    return this.tell(await this.store.react(target, reaction, on, byMember));
  }

  /** For everybody who may post. @throws CodedError `conflict` when the chat has as many pins as it may have */
  async pin(principal: Principal, current: ChatAccess, messageId: string, pinned: boolean): Promise<MessageView> {
    return this.tell(await this.store.pin(this.targetOf(principal, current, messageId), pinned, byMember));
  }

  /** The latest pin first. */
  pinned({ chat }: ChatAccess): Promise<MessageView[]> {
    return this.store.pinned(chat.workspaceId, chat.chatId);
  }

  /** For members: visitors see what is said now. */
  async edits({ chat, access }: ChatAccess, messageId: string): Promise<EarlierText[]> {
    if (access.standing === 'visitor') throw new CodedError('forbidden');
    const rows = await this.store.edits(chat.workspaceId, chat.chatId, messageId);
    return rows.map((row) => ({ ...row, writtenAt: row.writtenAt.toISOString() }));
  }

  /** Guests share one id, so that none of them can be told from the author of another's message. */
  private targetOf(
    principal: Principal,
    { chat, access }: ChatAccess,
    messageId: string,
    clientChangeId?: string,
  ): ChangeTarget {
    if (isGuest(principal) || access.standing === 'visitor') throw new CodedError('forbidden');
    const { workspaceId, chatId } = chat;
    return { workspaceId, chatId, messageId, actorId: principal.userId, clientChangeId };
  }

  private tell({ message, event }: Changed): MessageView {
    if (event) this.feed.publish([event]);
    return message;
  }
}

const byMember: Permission = (message, actor) => {
  if (message.deletedAt !== undefined) throw new CodedError('message_not_found');
  if (!actor || actor.restricted || !mayPost(actor.role)) throw new CodedError('forbidden');
};

export const byAuthor =
  (principal: Principal): Permission =>
  (message, actor) => {
    byMember(message, actor);
    if (message.senderId !== principal.userId) throw new CodedError('forbidden');
  };

const byAuthorOrAdministrator =
  (principal: Principal): Permission =>
  (message, actor) => {
    const isInCharge = actor !== undefined && mayAdminister(actor.role) && !actor.restricted;
    if (isInCharge && message.deletedAt === undefined) return;
    // Who is muted may still take back what they said.
    byAuthor(principal)(message, actor && { ...actor, restricted: false });
  };
