import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

/** Work that belongs to the birth or end of a workspace, done in the same transaction. */
export interface WorkspaceParticipant {
  onWorkspaceCreated(transaction: EntityManager, workspace: { id: string; defaultChatId: string }): Promise<void>;
  onWorkspaceDeleted(transaction: EntityManager, workspaceId: string): Promise<void>;
}

/** Where rooms that this one does not know (chats) take part in the life of a workspace. */
@Injectable()
export class WorkspaceLifecycle {
  private readonly participants: WorkspaceParticipant[] = [];

  join(participant: WorkspaceParticipant): void {
    this.participants.push(participant);
  }

  async created(transaction: EntityManager, workspace: { id: string; defaultChatId: string }): Promise<void> {
    for (const participant of this.participants) await participant.onWorkspaceCreated(transaction, workspace);
  }

  async deleted(transaction: EntityManager, workspaceId: string): Promise<void> {
    for (const participant of this.participants) await participant.onWorkspaceDeleted(transaction, workspaceId);
  }
}
