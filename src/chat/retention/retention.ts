import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { GUEST_ID, NO_CREDENTIAL } from '../../auth/principal.js';
import { Metrics } from '../../health/metrics.js';
import type { Reader } from '../../pii/audit/audit-entry.js';
import { AuditStore } from '../../pii/audit/audit.store.js';
import { type ChatErasure, ChatEraser } from '../../pii/erasure/chat-eraser.js';
import { type ExpiringWorkspace, RetentionStore } from './retention.store.js';

const HOUR_MS = 3_600_000;
const FIRST_MS = 30_000;
const MESSAGES = 1_000;
const ENTRIES = 10_000;
const WORKSPACES = 100;
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** What a run has done. */
export interface Expired {
  messages: number;
  values: number;
}

/**
 * Lets messages and originals expire as the policies of workspaces say: on one node at a time, in small batches, soon after
 * the start and then every hour.
 */
@Injectable()
export class Retention implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(Retention.name);
  private timer: NodeJS.Timeout | undefined;
  private stopping = false;

  constructor(
    private readonly store: RetentionStore,
    private readonly eraser: ChatEraser,
    private readonly audit: AuditStore,
    private readonly metrics: Metrics,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule(FIRST_MS);
  }

  onModuleDestroy(): void {
    this.stopping = true;
    clearTimeout(this.timer);
  }

  /** @returns undefined when another node is at it */
  async run(): Promise<Expired | undefined> {
    return this.store.alone(async () => {
      const total: Expired = { messages: 0, values: 0 };
      let after = NOBODY;
      for (;;) {
        const workspaces = await this.store.workspaces(after, WORKSPACES);
        for (const workspace of workspaces) {
          const expired = await this.expire(workspace);
          total.messages += expired.messages;
          total.values += expired.values;
        }
        const last = workspaces.at(-1);
        if (!last || this.stopping) return total;
        after = last.workspaceId;
      }
    });
  }

  /** Nodes that start together do not all come at the same moment, every hour. */
  private schedule(milliseconds: number): void {
    this.timer = setTimeout(() => void this.due(), milliseconds * (0.75 + Math.random() / 2)).unref();
  }

  private async due(): Promise<void> {
    try {
      await this.run();
    } catch (error) {
      this.logger.warn('what has expired could not be removed', { error });
    }
    if (!this.stopping) this.schedule(HOUR_MS);
  }

  private async expire(workspace: ExpiringWorkspace): Promise<Expired> {
    const expired: Expired = { messages: 0, values: 0 };
    // Nobody asked: the audit shows the nil UUID as who did it.
    const reader: Reader = {
      principal: { userId: GUEST_ID, credentialId: NO_CREDENTIAL },
      requestId: `retention-${randomUUID()}`,
    };
    for (const chatId of await this.store.chats(workspace.workspaceId)) {
      if (this.stopping) break;
      expired.messages += await this.expireMessages(workspace, chatId);
      expired.values += await this.expireValues(workspace, chatId, reader);
    }
    if (expired.messages > 0) {
      // Values have rows of their own, one for each chat.
      const counts = { MESSAGES: expired.messages };
      await this.audit.append(workspace.workspaceId, null, 'retention', counts, reader);
    }
    this.metrics.expired.inc({ kind: 'message' }, expired.messages);
    this.metrics.expired.inc({ kind: 'value' }, expired.values);
    return expired;
  }

  private async expireMessages({ workspaceId, retentionDays }: ExpiringWorkspace, chatId: string): Promise<number> {
    if (retentionDays === null) return 0;
    let total = 0;
    for (;;) {
      const deleted = await this.store.deleteMessages(workspaceId, chatId, retentionDays, MESSAGES);
      total += deleted;
      if (deleted < MESSAGES || this.stopping) return total;
    }
  }

  private async expireValues(workspace: ExpiringWorkspace, chatId: string, reader: Reader): Promise<number> {
    const { workspaceId, retentionDays, typeRetentionDays } = workspace;
    let total = 0;
    for (;;) {
      const unshown = retentionDays !== null;
      const expired = await this.store.expiredEntries(workspaceId, chatId, typeRetentionDays, unshown, ENTRIES);
      const [aged, forgotten] = [expired.filter((entry) => entry.aged), expired.filter((entry) => !entry.aged)];
      const scope = { workspaceId, chatId };
      if (aged.length > 0) total += sizeOf(await this.eraser.erase(scope, aged, 'retention', reader));
      if (forgotten.length > 0) {
        total += sizeOf(await this.eraser.erase(scope, forgotten, 'retention', reader, forgotten[0]?.asOf));
      }
      if (expired.length < ENTRIES || this.stopping) return total;
    }
  }
}

const sizeOf = (erasure: ChatErasure | undefined): number =>
  Object.values(erasure?.counts ?? {}).reduce((sum, count) => sum + count, 0);
