import { Injectable } from '@nestjs/common';
import { CodedError } from '../../errors/coded-error.js';
import { AuditStore, type NewAuditEntry } from './audit.store.js';

interface Waiting {
  readonly entries: readonly NewAuditEntry[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const MAX_WAITING = 10_000;

/**
 * Group commit for the audit: entries that come while those of the same workspace are being committed go together in the
 * next transaction. The chain of a workspace has one writer at a time anyway, so that each alone would wait for a commit.
 */
@Injectable()
export class AuditWriter {
  /** By workspace, where a commit is under way: what waits for it. */
  private readonly lanes = new Map<string, Waiting[]>();
  private waiting = 0;

  constructor(private readonly store: AuditStore) {}

  /** Resolves when the entries are durable, all of them or none. @throws CodedError `unavailable`, `overloaded` */
  write(workspaceId: string, entries: readonly NewAuditEntry[]): Promise<void> {
    if (this.waiting >= MAX_WAITING) return Promise.reject(new CodedError('overloaded', { retryAfter: 1 }));
    this.waiting += 1;
    return new Promise((resolve, reject) => {
      const call = { entries, resolve, reject };
      const lane = this.lanes.get(workspaceId);
      if (lane) lane.push(call);
      else void this.run(workspaceId, call);
    });
  }

  private async run(workspaceId: string, first: Waiting): Promise<void> {
    for (let batch = [first]; batch.length > 0; batch = this.lanes.get(workspaceId) ?? []) {
      this.lanes.set(workspaceId, []);
      this.waiting -= batch.length;
      await this.commit(workspaceId, batch);
    }
    this.lanes.delete(workspaceId);
  }

  private async commit(workspaceId: string, batch: readonly Waiting[]): Promise<void> {
    try {
      await this.store.appendAll(
        workspaceId,
        batch.flatMap(({ entries }) => entries),
      );
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
