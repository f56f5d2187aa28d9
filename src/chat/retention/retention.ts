import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { GUEST_ID, NO_CREDENTIAL } from '../../auth/principal.js';
import { Database } from '../../database/database.js';
import { Metrics } from '../../health/metrics.js';
import type { Reader } from '../../pii/audit/audit-entry.js';
import { AuditStore } from '../../pii/audit/audit.store.js';
import { type ChatErasure, ChatEraser, type Spare } from '../../pii/erasure/chat-eraser.js';
import { PlaceholderUseStore } from '../messages/placeholder-use.store.js';
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
 * the start and then every hour. What is removed and the row of the audit that says so go together.
 */
@Injectable()
export class Retention implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(Retention.name);
  private timer: NodeJS.Timeout | undefined;
  private stopping = false;

  constructor(
    private readonly database: Database,
    private readonly store: RetentionStore,
    private readonly eraser: ChatEraser,
    private readonly audit: AuditStore,
    private readonly metrics: Metrics,
    private readonly uses: PlaceholderUseStore,
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
      expired.messages += await this.expireMessages(workspace, chatId, reader);
      expired.values += await this.expireValues(workspace, chatId, reader);
    }
    return expired;
  }

  private async expireMessages(
    { workspaceId, retentionDays }: ExpiringWorkspace,
    chatId: string,
    reader: Reader,
  ): Promise<number> {
    if (retentionDays === null) return 0;
    let total = 0;
    for (;;) {
      const deleted = await this.database.transaction(async (transaction) => {
        const count = await this.store.deleteMessages(transaction, workspaceId, chatId, retentionDays, MESSAGES);
        const counts = { MESSAGES: count };
        if (count > 0) await this.audit.append(workspaceId, chatId, 'retention', counts, reader, transaction);
        return count;
      });
      this.metrics.expired.inc({ kind: 'message' }, deleted);
      total += deleted;
      if (deleted < MESSAGES || this.stopping) return total;
    }
  }

  private async expireValues(workspace: ExpiringWorkspace, chatId: string, reader: Reader): Promise<number> {
    const { workspaceId, retentionDays, typeRetentionDays } = workspace;
    const scope = { workspaceId, chatId };
    let total = 0;
    for (;;) {
      const unshown = retentionDays !== null;
      const expired = await this.store.expiredEntries(workspaceId, chatId, typeRetentionDays, unshown, ENTRIES);
      const [aged, forgotten] = [expired.filter((entry) => entry.aged), expired.filter((entry) => !entry.aged)];
      const asOf = forgotten[0]?.asOf ?? 0;
      const shownSince: Spare = (placeholders, transaction) =>
        this.uses.shownSince(transaction, workspaceId, chatId, placeholders, asOf);
      if (aged.length > 0) total += this.count(await this.eraser.erase(scope, aged, 'retention', reader));
      if (forgotten.length > 0) {
        total += this.count(await this.eraser.erase(scope, forgotten, 'retention', reader, shownSince));
      }
      if (expired.length < ENTRIES || this.stopping) return total;
    }
  }

  private count(erasure: ChatErasure | undefined): number {
    const values = erasure?.placeholders.length ?? 0;
    this.metrics.expired.inc({ kind: 'value' }, values);
    return values;
  }
}
