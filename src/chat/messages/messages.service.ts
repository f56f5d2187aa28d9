import { Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/principal.js';
import { newUuid } from '../../edge/uuid.js';
import { CodedError } from '../../errors/coded-error.js';
import { Masker, type PlacedText } from '../../pii/masker.js';
import type { Drafting } from '../../pii/drafter.js';
import type { Sent } from '../../pii/pii-mapping.interceptor.js';
import type { UnreadPage } from '../../pii/vault/unread-page.js';
import { requireMayPost } from '../../workspace/workspace-access.js';
import type { ChatAccess } from '../chat-access.js';
import { type HistoryRange, toHistoryPage } from './history-range.js';
import { Lane } from './lane.js';
import { Mentions } from './mentions.js';
import { MessageStore } from './message.store.js';
import type { MessageView } from './message-view.js';
import { MessageWriter } from './message-writer.js';
import { OutdatedError } from './outdated-error.js';

/** A message to send, its clear text already taken apart or about to be. */
export interface Sending {
  readonly draft: Drafting;
  readonly clientMessageId?: string;
  readonly replyTo?: string;
  readonly mentions?: readonly string[];
}

/** Rounds against erasures that come between masking and storing. */
export const MAX_ROUNDS = 5;

@Injectable()
export class MessagesService {
  constructor(
    private readonly store: MessageStore,
    private readonly writer: MessageWriter,
    private readonly masker: Masker,
    private readonly mentions: Mentions,
  ) {}

  /**
   * Resolves when the message is durable.
   * @param lane keeps the order of calls that come on one socket, although some wait for the vault and others do not
   * @throws CodedError `forbidden`, `message_not_found`, `validation_failed`, `unavailable`, `overloaded`
   */
  async send(
    principal: Principal,
    current: ChatAccess,
    sending: Sending,
    lane = new Lane(),
  ): Promise<Sent<MessageView>> {
    requireMayPost(current.access);
    for (let round = 1; ; round += 1) {
      const { placed, written } = await lane.turn(() => this.queue(principal, current, sending));
      try {
        return { view: await written, placed };
      } catch (error) {
        if (!(error instanceof OutdatedError) || round === MAX_ROUNDS) throw error;
        this.masker.forget(current.chat);
      }
    }
  }

  history({ chat: scope }: ChatAccess, range: HistoryRange): UnreadPage<MessageView> {
    return {
      scope,
      masked: async () => toHistoryPage(await this.store.page(scope, range), range),
      revealed: async (audited) => {
        const found = await this.store.revealedPage(scope, range, audited);
        return { page: toHistoryPage(found, range), sealed: found };
      },
    };
  }

  /** The lane is free as soon as the message stands in line; its commit is waited for outside. */
  private async queue(
    principal: Principal,
    { chat: { workspaceId, chatId }, access }: ChatAccess,
    { draft, replyTo, mentions, clientMessageId }: Sending,
  ): Promise<{ placed: PlacedText; written: Promise<MessageView> }> {
    if (replyTo !== undefined && !(await this.store.exists(workspaceId, chatId, replyTo))) {
      throw new CodedError('message_not_found', { fields: ['replyTo'] });
    }
    await this.mentions.check(access, mentions);
    const placed = await this.masker.place(await draft, { workspaceId, chatId }, access.policy);
    const written = this.writer.write({
      workspaceId,
      chatId,
      id: newUuid(),
      senderId: principal.userId,
      clientMessageId: clientMessageId ?? null,
      replyTo: replyTo ?? null,
      mentions: mentions?.length ? mentions : null,
      text: placed.text,
      positions: placed.positions,
      keyVersion: placed.keyVersion,
    });
    written.catch(() => undefined);
    return { placed, written };
  }
}
