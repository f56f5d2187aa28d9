import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

/** Work that belongs to a change in the life of a workspace, done in the same transaction. */
export interface WorkspaceParticipant {
  onWorkspaceCreated?(transaction: EntityManager, workspace: { id: string; defaultChatId: string }): Promise<void>;
  onWorkspaceDeleted?(transaction: EntityManager, workspaceId: string): Promise<void>;
  /** Before a policy is kept that looks for these types. @throws CodedError where it must not be */
  onTypesChosen?(transaction: EntityManager, workspaceId: string, types: readonly string[]): Promise<void>;
  /** @returns what is to be done after the commit */
  onVaultClosed?(transaction: EntityManager, workspaceId: string): Promise<() => void>;
}

/** Where rooms that this one does not know (chats, the vault) take part in the life of a workspace. */
@Injectable()
export class WorkspaceLifecycle {
  private readonly participants: WorkspaceParticipant[] = [];

  join(participant: WorkspaceParticipant): void {
    this.participants.push(participant);
  }

  async created(transaction: EntityManager, workspace: { id: string; defaultChatId: string }): Promise<void> {
    for (const participant of this.participants) await participant.onWorkspaceCreated?.(transaction, workspace);
  }

  async deleted(transaction: EntityManager, workspaceId: string): Promise<void> {
    for (const participant of this.participants) await participant.onWorkspaceDeleted?.(transaction, workspaceId);
  }

  async typesChosen(transaction: EntityManager, workspaceId: string, types: readonly string[]): Promise<void> {
    for (const participant of this.participants) await participant.onTypesChosen?.(transaction, workspaceId, types);
  }

  /** @returns to be called after the commit */
  async vaultClosed(transaction: EntityManager, workspaceId: string): Promise<() => void> {
    const left: (() => void)[] = [];
    for (const participant of this.participants) {
      if (participant.onVaultClosed) left.push(await participant.onVaultClosed(transaction, workspaceId));
    }
    return () => left.forEach((finish) => finish());
  }
}
