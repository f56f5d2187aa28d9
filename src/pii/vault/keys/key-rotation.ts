import { DatabaseError } from '../../../database/database-error.js';
import type { ChatScope, KeyProvider } from './key-provider.js';
import type { MasterKeyUseStore, WrappedRow } from './master-key-use.store.js';

const BATCH = 2_000;
/** Calls to a key service at a time. */
const PARALLEL = 16;
const NOBODY = '00000000-0000-0000-0000-000000000000';
const DEADLOCK = '40P01';
const ATTEMPTS = 5;

export interface MasterKeyState {
  readonly kid: string;
  readonly current: boolean;
  /** Whether the holder has it; undefined where it does not tell. */
  readonly present: boolean | undefined;
  readonly chatKeys: number;
  readonly pendingErasures: number;
}

export interface RotationProgress {
  readonly rewrapped: number;
  /** Secrets that cannot be opened: they stay as they are. */
  readonly unreadable: number;
}

/** Why a master key cannot be retired. */
export type RetireRefusal = 'unknown' | 'current' | { readonly chatKeys: number };

/**
 * The life of master keys. A rotation keeps its state in the rows: cut off at any point, the next one goes on where it
 * stopped. Running servers need not know of it.
 */
export class KeyRotation {
  constructor(
    private readonly uses: MasterKeyUseStore,
    private readonly provider: KeyProvider,
  ) {}

  async list(): Promise<MasterKeyState[]> {
    const [counts, pending] = [await this.uses.counts(), await this.uses.pendingErasures()];
    const present = this.provider.kids();
    const current = await this.currentKid();
    return [...new Set([current, ...(present ?? []), ...[...counts.keys()].toSorted()])].map((kid) => ({
      kid,
      current: kid === current,
      present: present?.includes(kid),
      chatKeys: counts.get(kid) ?? 0,
      pendingErasures: pending.get(kid) ?? 0,
    }));
  }

  /**
   * Makes a new current master key where that is ours to do and no rotation is under way.
   * @returns the current one, and whether it is new
   */
  async begin(): Promise<{ kid: string; isNew: boolean }> {
    const kid = await this.currentKid();
    if ((await this.uses.inUse()).some((used) => used !== kid)) return { kid, isNew: false };
    const renewed = await this.provider.renew();
    return { kid: renewed ?? kid, isNew: renewed !== undefined };
  }

  /** Wraps whatever another master key has wrapped with the current one; tells how far it is after each batch. */
  async *rewrapAll(): AsyncGenerator<RotationProgress> {
    const current = await this.currentKid();
    let [rewrapped, unreadable] = [0, 0];
    for (const kid of (await this.uses.inUse()).filter((used) => used !== current)) {
      let after: ChatScope = { workspaceId: NOBODY, chatId: NOBODY };
      for (;;) {
        const batch = await this.uses.batch(kid, after, BATCH);
        const last = batch.at(-1);
        if (!last) break;
        const rows = await this.rewrap(batch);
        unreadable += batch.length - rows.length;
        rewrapped += await this.write(kid, rows);
        yield { rewrapped, unreadable };
        after = last;
      }
    }
  }

  /** Destroys a master key that wraps nothing any more. @returns why not, where it does not */
  async retire(kid: string): Promise<RetireRefusal | undefined> {
    if (kid === (await this.currentKid())) return 'current';
    if (this.provider.kids()?.includes(kid) === false) return 'unknown';
    return this.uses.whileStill(async (counts) => {
      const chatKeys = counts.get(kid) ?? 0;
      if (chatKeys > 0) return { chatKeys };
      await this.provider.destroy(kid);
      return undefined;
    });
  }

  private async currentKid(): Promise<string> {
    const [first] = this.provider.kids() ?? [];
    return first ?? (await this.provider.wrap(Buffer.alloc(1), { workspaceId: NOBODY, chatId: NOBODY })).kid;
  }

  private async rewrap(batch: readonly WrappedRow[]): Promise<WrappedRow[]> {
    const rows: WrappedRow[] = [];
    const size = this.provider.kids() ? BATCH : PARALLEL;
    for (let at = 0; at < batch.length; at += size) {
      const group = await Promise.all(batch.slice(at, at + size).map((row) => this.rewrapOne(row)));
      for (const row of group) if (row) rows.push(row);
    }
    return rows;
  }

  private async rewrapOne(row: WrappedRow): Promise<WrappedRow | undefined> {
    const secret = await this.provider.unwrap(row, row);
    if (!secret) return undefined;
    try {
      return { ...row, ...(await this.provider.wrap(secret, row)) };
    } finally {
      secret.fill(0);
    }
  }

  /** A workspace that is deleted at the same time may lock the same rows in another order. */
  private async write(kid: string, rows: readonly WrappedRow[]): Promise<number> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.uses.rewrap(kid, rows);
      } catch (error) {
        if (!(error instanceof DatabaseError && error.sqlstate === DEADLOCK) || attempt === ATTEMPTS) throw error;
      }
    }
  }
}
