import { Injectable } from '@nestjs/common';
import { isGuest, type Principal } from '../auth/principal.js';
import { isUuid } from '../edge/uuid.js';
import { CodedError } from '../errors/coded-error.js';
import { type WorkspaceAccess, WorkspaceAccesses } from '../workspace/workspace-access.js';
import { type ChatRecord, ChatStore } from './chat.store.js';

/** A chat and what the caller may do in its workspace. */
export interface ChatAccess {
  readonly chat: ChatRecord;
  readonly access: WorkspaceAccess;
}

/** Decides whether a caller sees a chat. What is not there and what is not theirs look the same. */
@Injectable()
export class ChatAccesses {
  constructor(
    private readonly chats: ChatStore,
    private readonly workspaces: WorkspaceAccesses,
  ) {}

  /** @throws CodedError `chat_not_found`; `unauthenticated` for the guest */
  async ofChat(principal: Principal, chatId: unknown): Promise<ChatAccess> {
    const chat = isUuid(chatId) ? await this.chats.find(chatId) : undefined;
    const access = chat && (await this.workspaces.find(principal, chat.workspaceId));
    if (!chat || !access) throw new CodedError(isGuest(principal) ? 'unauthenticated' : 'chat_not_found');
    return { chat, access };
  }

  /**
   * @param chatId a chat of the workspace; its default chat when undefined
   * @throws CodedError `workspace_not_found`, `chat_not_found`; `unauthenticated` for the guest
   */
  async ofSpace(principal: Principal, spaceId: string, chatId: unknown): Promise<ChatAccess> {
    const access = await this.workspaces.require(principal, spaceId);
    const wanted = chatId ?? access.defaultChatId;
    const chat = isUuid(wanted) ? await this.chats.find(wanted) : undefined;
    if (!chat || chat.workspaceId !== access.workspaceId) throw new CodedError('chat_not_found');
    return { chat, access };
  }
}
