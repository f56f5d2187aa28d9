import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { AccessChanges } from '../auth/access-changes.js';
import type { KeepAnswer } from '../auth/answer-keeper.js';
import type { Principal } from '../auth/principal.js';
import { within } from '../database/database.js';
import { idOfCursor, type Page, toPage } from '../edge/page.js';
import { CodedError } from '../errors/coded-error.js';
import { TitleMasker } from '../pii/title-masker.js';
import { ChatKeys } from '../pii/vault/chat-keys.js';
import { mayAdminister } from '../workspace/role.js';
import { WorkspaceAccesses } from '../workspace/workspace-access.js';
import { WorkspaceLifecycle, type WorkspaceParticipant } from '../workspace/workspace-lifecycle.js';
import { AttachmentStore } from './attachments/attachment.store.js';
import type { ChatAccess } from './chat-access.js';
import { ChatDto, type ChatsQuery, type CreateChatDto, type UpdateChatDto } from './chat.dto.js';
import { ChatStore } from './chat.store.js';

const DEFAULT_TITLE = 'Chat';

@Injectable()
export class ChatsService implements OnModuleInit, WorkspaceParticipant {
  constructor(
    private readonly chats: ChatStore,
    private readonly attachments: AttachmentStore,
    private readonly workspaces: WorkspaceAccesses,
    private readonly lifecycle: WorkspaceLifecycle,
    private readonly keys: ChatKeys,
    private readonly titles: TitleMasker,
    private readonly changes: AccessChanges,
  ) {}

  onModuleInit(): void {
    this.lifecycle.join(this);
  }

  async onWorkspaceCreated(
    transaction: EntityManager,
    workspace: { id: string; defaultChatId: string },
  ): Promise<void> {
    await this.insert(transaction, workspace.id, workspace.defaultChatId, DEFAULT_TITLE);
  }

  async onWorkspaceDeleted(transaction: EntityManager, workspaceId: string): Promise<void> {
    await this.keys.destroy(transaction, workspaceId);
    await this.chats.markDeleted(transaction, workspaceId);
    await this.attachments.removeMany(workspaceId, null, null, await within(transaction));
  }

  async create(
    principal: Principal,
    { workspaceId, title = DEFAULT_TITLE }: CreateChatDto,
    keepAnswer: KeepAnswer,
  ): Promise<ChatDto> {
    const access = await this.workspaces.require(principal, workspaceId);
    if (!mayAdminister(access.standing)) throw new CodedError('forbidden');
    const masked = await this.titles.mask(title, access);
    return this.chats.transaction(async (transaction) => {
      const created = ChatDto.of(await this.insert(transaction, workspaceId, uuidv7(), masked));
      await keepAnswer(await within(transaction), created);
      return created;
    });
  }

  async list(principal: Principal, { workspaceId, limit, cursor }: ChatsQuery): Promise<Page<ChatDto>> {
    await this.workspaces.require(principal, workspaceId);
    return toPage(
      'chats',
      await this.chats.ofWorkspace(workspaceId, limit + 1, idOfCursor('chats', cursor)),
      limit,
      ChatDto.of,
    );
  }

  async get({ chat }: ChatAccess): Promise<ChatDto> {
    const row = await this.chats.get(chat.workspaceId, chat.chatId);
    if (!row) throw new CodedError('chat_not_found');
    return ChatDto.of(row);
  }

  async rename(current: ChatAccess, { title }: UpdateChatDto): Promise<ChatDto> {
    const { chat, access } = current;
    if (!mayAdminister(access.standing)) throw new CodedError('forbidden');
    await this.chats.rename(chat.workspaceId, chat.chatId, await this.titles.mask(title, access));
    return this.get(current);
  }

  /** The default chat cannot be deleted alone: its workspace would answer nowhere. */
  async delete({ chat, access }: ChatAccess): Promise<void> {
    if (!mayAdminister(access.standing)) throw new CodedError('forbidden');
    if (chat.chatId === access.defaultChatId) throw new CodedError('conflict', { reason: 'default_chat' });
    await this.chats.transaction(async (transaction) => {
      await this.keys.destroy(transaction, chat.workspaceId, chat.chatId);
      await this.chats.markDeleted(transaction, chat.workspaceId, chat.chatId);
      await this.attachments.removeMany(chat.workspaceId, chat.chatId, null, await within(transaction));
    });
    this.changes.announce({ workspaceId: chat.workspaceId });
  }

  private async insert(transaction: EntityManager, workspaceId: string, id: string, title: string) {
    const chat = await this.chats.insert(transaction, { workspaceId, id, title });
    await this.keys.create(transaction, { workspaceId, chatId: id });
    return chat;
  }
}
