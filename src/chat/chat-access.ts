import { Injectable } from '@nestjs/common';
import { isGuest, type Principal } from '../auth/principal.js';
import { isUuid } from '../edge/uuid.js';
import { CodedError } from '../errors/coded-error.js';
import { visible, type WorkspaceAccess, WorkspaceAccesses } from '../workspace/workspace-access.js';
import { type ChatAccessRow, ChatAccessStore } from './chat-access.store.js';
import type { ChatRecord } from './chat.store.js';

/** A chat and what the caller may do in its workspace. */
export interface ChatAccess {
  readonly chat: ChatRecord;
  readonly access: WorkspaceAccess;
}

/** Decides whether a caller sees a chat. What is not there and what is not theirs look the same. */
@Injectable()
export class ChatAccesses {
  constructor(
    private readonly store: ChatAccessStore,
    private readonly workspaces: WorkspaceAccesses,
  ) {}

  /** @throws CodedError `chat_not_found`; `unauthenticated` for the guest */
  async ofChat(principal: Principal, chatId: unknown): Promise<ChatAccess> {
    const row = isUuid(chatId) ? await this.store.ofChat({ chatId, userId: principal.userId }) : undefined;
    const access = this.workspaces.ofRow(row);
    if (!row || !access) throw new CodedError(isGuest(principal) ? 'unauthenticated' : 'chat_not_found');
    return { chat: chatOf(row), access };
  }

  /**
   * @param chatId a chat of the workspace; its default chat when undefined
   * @throws CodedError `workspace_not_found`, `chat_not_found`; `unauthenticated` for the guest
   */
  async ofSpace(principal: Principal, spaceId: string, chatId: unknown): Promise<ChatAccess> {
    const caller = { workspaceId: spaceId, chatId: isUuid(chatId) ? chatId : null, userId: principal.userId };
    const row = isUuid(spaceId) ? await this.store.ofSpace(caller) : undefined;
    const access = visible(principal, this.workspaces.ofRow(row));
    const known = chatId === undefined || isUuid(chatId);
    if (!known || !row || row.chatId === null) throw new CodedError('chat_not_found');
    return { chat: chatOf(row), access };
  }
}

const chatOf = ({ workspaceId, chatId, title }: ChatAccessRow): ChatRecord => ({
  workspaceId,
  chatId,
  title,
});
