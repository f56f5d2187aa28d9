import { Injectable } from '@nestjs/common';
import { CodedError } from '../../errors/coded-error.js';
import { EntryStore, type Reading, type SealedEntries } from './entry.store.js';

interface Waiting {
  readonly reading: Reading;
  readonly resolve: (entries: SealedEntries | undefined) => void;
  readonly reject: (error: unknown) => void;
}

const MAX_WAITING = 10_000;

/**
 * Group commit for the audit of what is read: readings that come while those of the same workspace are being committed go
 * together in the next transaction. The chain of a workspace has one writer at a time anyway, so that each alone would wait
 * for a commit.
 */
@Injectable()
export class Reveals {
  /** By workspace, where a commit is under way: what waits for it. */
  private readonly lanes = new Map<string, Waiting[]>();
  private waiting = 0;

  constructor(private readonly entries: EntryStore) {}

  /** What is sealed behind placeholders, once its audit entries are durable. @throws CodedError `unavailable`, `overloaded` */
  read(workspaceId: string, reading: Reading): Promise<SealedEntries | undefined> {
    if (this.waiting >= MAX_WAITING) return Promise.reject(new CodedError('overloaded', { retryAfter: 1 }));
    this.waiting += 1;
    return new Promise((resolve, reject) => {
      const call = { reading, resolve, reject };
      const lane = this.lanes.get(workspaceId);
      if (lane) lane.push(call);
      else {
        this.lanes.set(workspaceId, [call]);
        void this.run(workspaceId);
      }
    });
  }

  /** Does `work`, which audits for itself, as the one that is under way; undefined where another is, since it would wait. */
  alone<T>(workspaceId: string, work: () => Promise<T>): Promise<T> | undefined {
    if (this.lanes.has(workspaceId)) return undefined;
    this.lanes.set(workspaceId, []);
    return work().finally(() => void this.run(workspaceId));
  }

  private async run(workspaceId: string): Promise<void> {
    for (let batch = this.lanes.get(workspaceId); batch?.length; batch = this.lanes.get(workspaceId)) {
      this.lanes.set(workspaceId, []);
      this.waiting -= batch.length;
      await this.commit(workspaceId, batch);
    }
    this.lanes.delete(workspaceId);
  }

  private async commit(workspaceId: string, batch: readonly Waiting[]): Promise<void> {
    try {
      const revealed = await this.entries.reveal(
        workspaceId,
        batch.map(({ reading }) => reading),
      );
      for (const [index, { resolve }] of batch.entries()) resolve(revealed[index]);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
