import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { WorkspaceAccess } from '../../workspace/workspace-access.js';
import { allWorkspaces, tenantRecognizer, type TenantRecognizer } from './tenant-pattern.js';
import { TenantPatternStore } from './tenant-pattern.store.js';

/** Which state of a workspace's patterns a caller has been let in with. */
export type PatternsOf = Pick<WorkspaceAccess, 'workspaceId' | 'patternsRevision'>;

interface Known {
  readonly revision: number;
  readonly recognizer: TenantRecognizer;
}

/** Patterns in all: each may grow to the eight megabytes that the engine takes for its states at most. */
const MAX_COMPILED = 500;

/**
 * The compiled patterns of workspaces. Nobody has to tell other nodes of a change: the revision comes with the row of the
 * workspace that every call reads, and every live session reads again within seconds.
 */
@Injectable()
export class WorkspaceRecognizers {
  private readonly logger = new Logger(WorkspaceRecognizers.name);
  private readonly known = new LRUCache<string, Known>({
    maxSize: MAX_COMPILED,
    sizeCalculation: ({ recognizer }) => recognizer.types.length + 1,
  });
  private readonly share = allWorkspaces();
  private readonly loading = new Map<string, Promise<TenantRecognizer>>();

  constructor(private readonly store: TenantPatternStore) {}

  /** Undefined where the workspace never had any; a promise only until they were read. @throws CodedError `unavailable` */
  of({ workspaceId, patternsRevision }: PatternsOf): TenantRecognizer | undefined | Promise<TenantRecognizer> {
    if (patternsRevision === 0) return undefined;
    const known = this.known.get(workspaceId);
    // A session may come with an older revision than another caller has brought.
    if (known && known.revision >= patternsRevision) return known.recognizer;
    const key = `${workspaceId}/${patternsRevision}`;
    const present = this.loading.get(key);
    if (present) return present;
    const load = this.load(workspaceId, patternsRevision).finally(() => this.loading.delete(key));
    this.loading.set(key, load);
    return load;
  }

  /** Reads at least the state of `revision`: it was committed before anybody could know the number. */
  private async load(workspaceId: string, revision: number): Promise<TenantRecognizer> {
    const recognizer = tenantRecognizer(await this.store.ofWorkspace(workspaceId), this.share);
    const { length: count } = recognizer.unusable;
    if (count > 0) this.logger.error('patterns of a workspace cannot run', { workspaceId, count });
    const known = this.known.get(workspaceId);
    if (!known || known.revision < revision) this.known.set(workspaceId, { revision, recognizer });
    return recognizer;
  }
}
