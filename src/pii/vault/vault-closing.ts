import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type Queryable, within } from '../../database/database.js';
import { CodedError } from '../../errors/coded-error.js';
import { WorkspaceLifecycle, type WorkspaceParticipant } from '../../workspace/workspace-lifecycle.js';
import { ChatKeys } from './chat-keys.js';
import { EntryStore } from './entry.store.js';

/**
 * Empties the vault of a workspace that switches it off. Fingerprints stay, so that values keep their placeholders; the
 * data keys are replaced, since the bytes of what they sealed live on in the WAL and in backups.
 */
@Injectable()
export class VaultClosing implements OnModuleInit, WorkspaceParticipant {
  private readonly logger = new Logger(VaultClosing.name);

  constructor(
    private readonly lifecycle: WorkspaceLifecycle,
    private readonly keys: ChatKeys,
    private readonly entries: EntryStore,
  ) {}

  onModuleInit(): void {
    this.lifecycle.join(this);
  }

  async onVaultClosed(manager: EntityManager, workspaceId: string): Promise<() => void> {
    const transaction = await within(manager);
    // First of all, for every chat: calls under way that still know the old policy have to ask again.
    const chatIds = await this.keys.outdate(transaction, workspaceId);
    for (const chatId of await this.entries.unsealAll(transaction, workspaceId)) {
      await this.replaceKey(transaction, workspaceId, chatId);
    }
    return () => this.keys.forgetEverywhere(chatIds.map((chatId) => ({ workspaceId, chatId })));
  }

  private async replaceKey(transaction: Queryable, workspaceId: string, chatId: string): Promise<void> {
    try {
      await this.keys.replace(transaction, { workspaceId, chatId }, false, () => Promise.resolve(true));
    } catch (error) {
      // A key that nobody can open any more needs no replacement, and must not keep the vault open.
      if (!(error instanceof CodedError) || error.code !== 'vault_unreadable') throw error;
      this.logger.warn('a chat key was not replaced, since it cannot be unwrapped');
    }
  }
}
