import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../../database/database.js';
import { Metrics } from '../../health/metrics.js';
import type { Placeholder } from '../placeholder.js';
import type { ChatScope } from './chat-keys.js';
import {
  FIND_KNOWN,
  INSERT,
  LATEST,
  LATEST_PRINTS,
  LIST,
  NAMED_PRINTS,
  OCCURRENCES,
  SEAL,
  SEALED,
  UNSEAL_ALL,
  USED_NUMBERS,
} from './entry.statements.js';
import { runsOf } from './number-runs.js';

/** A value of a chat: which placeholder it has. */
export interface KnownEntry {
  readonly fingerprint: Buffer;
  readonly id: string;
  readonly type: string;
  readonly number: number;
  /** Whether the original is in the vault, or only its fingerprint is known. */
  readonly sealed: boolean;
}

export interface NewEntry {
  readonly id: string;
  readonly type: string;
  readonly number: number;
  readonly fingerprint: Buffer;
  readonly sealedValue: Buffer | null;
  /** How a name may be written again, as prints; null for what is no name. */
  readonly namePrints: Buffer | null;
}

export interface SealedEntry {
  readonly id: string;
  readonly type: string;
  readonly number: number;
  readonly sealedValue: Buffer;
}

export interface VersionedEntry extends SealedEntry {
  /** Of the chat's key at the same instant. */
  readonly version: number;
}

/** How a name may be written again. */
export interface PrintedEntry {
  readonly type: string;
  readonly number: number;
  readonly prints: Buffer;
  /** Of the chat's key at the same instant. */
  readonly version: number;
}

interface OneRow {
  /** Type, number, id and length of each, separated by commas; null where there are none. */
  readonly heads: string | null;
  /** One after the other. */
  readonly values: Buffer | null;
  /** Null where the chat has no key. */
  readonly version: number | null;
}

@Injectable()
export class EntryStore {
  constructor(
    private readonly database: Database,
    private readonly metrics: Metrics,
  ) {}

  async findKnown({ workspaceId, chatId }: ChatScope, fingerprints: readonly Buffer[]): Promise<KnownEntry[]> {
    return this.database.query<KnownEntry>(FIND_KNOWN, [workspaceId, chatId, fingerprints]);
  }

  /** Entries of many chats: `fingerprints` has one for each of `chats`, which may name a chat several times. */
  async occurrences(
    workspaceId: string,
    chats: readonly string[],
    fingerprints: readonly Buffer[],
  ): Promise<{ chatId: string; fingerprint: Buffer; type: string; number: number }[]> {
    return this.database.query(OCCURRENCES, [workspaceId, chats, fingerprints]);
  }

  /** Numbers in use, by type, from the given lowest number of each type upwards. */
  async usedNumbers(
    { workspaceId, chatId }: ChatScope,
    lowest: ReadonlyMap<string, number>,
  ): Promise<{ type: string; number: number }[]> {
    return this.database.query(USED_NUMBERS, [workspaceId, chatId, [...lowest.keys()], [...lowest.values()]]);
  }

  /**
   * @param version of the key that the entries were sealed with
   * @returns ids of the entries that were written; one whose placeholder or value is taken meanwhile is missing. Undefined,
   *   with nothing written, when the chat has another key by now. With `open` false they were written without originals,
   *   since the vault is off by now
   */
  async insert(
    { workspaceId, chatId }: ChatScope,
    version: number,
    entries: readonly NewEntry[],
  ): Promise<{ readonly written: ReadonlySet<string>; readonly open: boolean } | undefined> {
    const [outcome] = await this.database.query<{ current: boolean; open: boolean; ids: string[] }>(INSERT, [
      workspaceId,
      chatId,
      entries.map((entry) => entry.id),
      entries.map((entry) => entry.type),
      entries.map((entry) => entry.number),
      entries.map((entry) => entry.fingerprint),
      entries.map((entry) => entry.sealedValue),
      version,
      entries.map((entry) => entry.namePrints),
    ]);
    if (!outcome?.current) return undefined;
    const written = new Set(outcome.ids);
    if (outcome.open) {
      const sealed = entries.filter(({ id, sealedValue }) => sealedValue !== null && written.has(id));
      this.metrics.vaultValues.inc({ operation: 'seal' }, sealed.length);
    }
    return { written, open: outcome.open };
  }

  /** Placeholders of a chat by type and number, after the given one. */
  async list(
    { workspaceId, chatId }: ChatScope,
    after: { readonly type: string; readonly number: number },
    limit: number,
  ): Promise<{ type: string; number: number; sealed: boolean }[]> {
    return this.database.query(LIST, [workspaceId, chatId, after.type, after.number, limit]);
  }

  /**
   * Adds the original to an entry that was made while the vault was off.
   * @returns undefined, with nothing written, when the chat has another key by now; `open` false, when the vault is off again
   */
  async seal(
    { workspaceId, chatId }: ChatScope,
    version: number,
    id: string,
    sealedValue: Buffer,
  ): Promise<{ readonly open: boolean } | undefined> {
    const values = [workspaceId, chatId, id, sealedValue, version];
    const [outcome] = await this.database.query<{ current: boolean; open: boolean }>(SEAL, values);
    if (outcome?.current && outcome.open) this.metrics.vaultValues.inc({ operation: 'seal' });
    return outcome?.current ? { open: outcome.open } : undefined;
  }

  /**
   * Removes all originals of a workspace; its fingerprints stay.
   * @returns the chats that had any
   */
  async unsealAll(transaction: Queryable, workspaceId: string): Promise<string[]> {
    return (await transaction.query<{ chatId: string }>(UNSEAL_ALL, [workspaceId])).map(({ chatId }) => chatId);
  }

  /** Entries that have an original, with the version of the key that opens them. */
  async sealed(scope: ChatScope, placeholders: readonly Placeholder[]): Promise<VersionedEntry[]> {
    const revealed = await this.named(scope, placeholders);
    this.metrics.vaultValues.inc({ operation: 'reveal' }, revealed.length);
    return revealed;
  }

  /** As `sealed`, for the service's own eyes: names to be found again. */
  async named({ workspaceId, chatId }: ChatScope, placeholders: readonly Placeholder[]): Promise<VersionedEntry[]> {
    return entriesOf(await this.database.query<OneRow>(SEALED, [workspaceId, chatId, ...columnsOf(placeholders)]));
  }

  /** The latest entries of some types that have an original, with the version of the key that opens them. */
  async latest({ workspaceId, chatId }: ChatScope, types: readonly string[], limit: number): Promise<VersionedEntry[]> {
    return entriesOf(await this.database.query<OneRow>(LATEST, [workspaceId, chatId, types, limit]));
  }

  /** The latest entries of some types that have prints of a name, whether or not there is an original. */
  async latestPrints(
    { workspaceId, chatId }: ChatScope,
    types: readonly string[],
    limit: number,
  ): Promise<PrintedEntry[]> {
    return this.database.query(LATEST_PRINTS, [workspaceId, chatId, types, limit]);
  }

  /** As `latestPrints`, of some placeholders. */
  async namedPrints({ workspaceId, chatId }: ChatScope, placeholders: readonly Placeholder[]): Promise<PrintedEntry[]> {
    return this.database.query(NAMED_PRINTS, [workspaceId, chatId, ...columnsOf(placeholders)]);
  }
}

function columnsOf(placeholders: readonly Placeholder[]): [types: string[], firsts: number[], lasts: number[]] {
  const runs = runsOf(placeholders);
  return [runs.map(({ type }) => type), runs.map(({ first }) => first), runs.map(({ last }) => last)];
}

function entriesOf([row]: readonly OneRow[]): VersionedEntry[] {
  const { heads = null, values = null, version = null } = row ?? {};
  if (heads === null || values === null || version === null) return [];
  let at = 0;
  return heads.split(',').map((head) => {
    const [type = '', number, id = '', length] = head.split(' ');
    const sealedValue = values.subarray(at, (at += Number(length)));
    return { id, type, number: Number(number), sealedValue, version };
  });
}
