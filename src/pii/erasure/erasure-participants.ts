import { Injectable } from '@nestjs/common';
import type { ChatScope } from '../vault/chat-keys.js';

/** Placeholders of a chat whose originals are gone. */
export interface ErasedPlaceholders extends ChatScope {
  readonly placeholders: readonly string[];
}

/** What another room (chats) knows or does about an erasure. */
export interface ErasureParticipant {
  /** Placeholders in messages that a user sent, chat by chat. */
  placeholdersSentBy(workspaceId: string, userId: string): AsyncIterable<ErasedPlaceholders>;
  /** Removes files: of a chat, or those that a user sent, or all of a workspace; their content is no text to mask. */
  eraseFiles(workspaceId: string, of: { readonly chatId?: string; readonly userId?: string }): Promise<void>;
  /** Called after the commit. */
  onErased(erased: ErasedPlaceholders): void;
}

/** Where the room that holds the messages, which this one does not know, takes part in erasures. */
@Injectable()
export class ErasureParticipants {
  private readonly participants: ErasureParticipant[] = [];

  join(participant: ErasureParticipant): void {
    this.participants.push(participant);
  }

  async *placeholdersSentBy(workspaceId: string, userId: string): AsyncGenerator<ErasedPlaceholders> {
    for (const participant of this.participants) yield* participant.placeholdersSentBy(workspaceId, userId);
  }

  async eraseFiles(workspaceId: string, of: { readonly chatId?: string; readonly userId?: string }): Promise<void> {
    for (const participant of this.participants) await participant.eraseFiles(workspaceId, of);
  }

  announce(erased: ErasedPlaceholders): void {
    for (const participant of this.participants) participant.onErased(erased);
  }
}
