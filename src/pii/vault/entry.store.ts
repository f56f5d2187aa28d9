import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../../database/database.js';
import { Metrics } from '../../health/metrics.js';
import { appendingValues, type NewAuditEntry } from '../audit/audit.store.js';
import { formatPlaceholder, type Placeholder } from '../placeholder.js';
import type { ChatScope } from './chat-keys.js';
import {
  FIND_KNOWN,
  INSERT,
  LATEST,
  LATEST_PRINTS,
  LIST,
  NAMED_PRINTS,
  OCCURRENCES,
  REVEAL,
  SEAL,
  SEALED,
  UNSEAL_ALL,
  USED_NUMBERS,
} from './entry.statements.js';
import { type NumberRun, runsOf } from './number-runs.js';

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

/** Entries that have an original. */
export interface SealedEntries {
  /** Each as `headOf` reads it, in the order of their bytes. */
  readonly heads: readonly string[];
  /** What is sealed, one after the other. */
  readonly originals: Buffer;
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

/** Placeholders of a chat that are shown to somebody, and who is. */
export interface Reading {
  readonly chatId: string;
  readonly placeholders: readonly Placeholder[];
  readonly audited: readonly NewAuditEntry[];
}

/** Entries as the database gives them. */
export interface SealedRow {
  /** Heads of all, separated by commas; null where there are none. */
  readonly heads: string | null;
  /** One after the other. */
  readonly originals: Buffer | null;
  /** Null where the chat has no key. */
  readonly key_version: number | null;
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

  /**
   * The entries of each reading that have an original, in the transaction that audits all of them: what was erased before they
   * were audited is not there.
   */
  async reveal(workspaceId: string, readings: readonly Reading[]): Promise<(SealedEntries | undefined)[]> {
    const runs = readings.map(({ placeholders }) => runsOf(placeholders));
    const lasts: number[] = [];
    for (const { length } of runs) lasts.push((lasts.at(-1) ?? 0) + length);
    const rows = await this.database.query<SealedRow>(REVEAL, [
      ...appendingValues(
        workspaceId,
        readings.flatMap(({ audited }) => audited),
      ),
      readings.map(({ chatId }) => chatId),
      lasts.map((last, index) => last - (runs[index]?.length ?? 0) + 1),
      lasts,
      ...columnsOf(runs.flat()),
    ]);
    return rows.map((row) => this.revealed(row));
  }

  /** What a statement with `REVEALED_POSITIONS` has shown. */
  revealed(row: SealedRow): SealedEntries | undefined {
    const entries = entriesOf(row);
    this.metrics.vaultValues.inc({ operation: 'reveal' }, entries?.heads.length ?? 0);
    return entries;
  }

  /** Entries that have an original, with the version of the key that opens them; for the service's own eyes. */
  async sealed(
    { workspaceId, chatId }: ChatScope,
    placeholders: readonly Placeholder[],
  ): Promise<SealedEntries | undefined> {
    const [row] = await this.database.query<SealedRow>(SEALED, [
      workspaceId,
      chatId,
      ...columnsOf(runsOf(placeholders)),
    ]);
    return row && entriesOf(row);
  }

  /** The latest entries of some types that have an original, with the version of the key that opens them. */
  async latest(
    { workspaceId, chatId }: ChatScope,
    types: readonly string[],
    limit: number,
  ): Promise<SealedEntries | undefined> {
    const [row] = await this.database.query<SealedRow>(LATEST, [workspaceId, chatId, types, limit]);
    return row && entriesOf(row);
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
    return this.database.query(NAMED_PRINTS, [workspaceId, chatId, ...columnsOf(runsOf(placeholders))]);
  }
}

const columnsOf = (runs: readonly NumberRun[]): [types: string[], firsts: number[], lasts: number[]] => [
  runs.map(({ type }) => type),
  runs.map(({ first }) => first),
  runs.map(({ last }) => last),
];

const entriesOf = ({ heads, originals, key_version: version }: SealedRow): SealedEntries | undefined =>
  heads === null || originals === null || version === null
    ? undefined
    : { heads: heads.split(','), originals, version };

/** What the head of an entry says: its placeholder, its id, and how many bytes are sealed. */
export function headOf(head: string): { readonly placeholder: string; readonly id: string; readonly length: number } {
  const [type = '', number, id = '', length] = head.split(' ');
  return { placeholder: formatPlaceholder(type, Number(number)), id, length: Number(length) };
}
