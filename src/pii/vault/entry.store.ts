import { Injectable } from '@nestjs/common';
import { stringify } from 'uuid';
import { Database, type Queryable } from '../../database/database.js';
import { Metrics } from '../../health/metrics.js';
import { appendingValues, type NewAuditEntry } from '../audit/audit.store.js';
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
  REVEAL,
  SEAL,
  SEALED,
  UNSEAL_ALL,
  USED_NUMBERS,
} from './entry.statements.js';

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
  /** Of each, in the order of their bytes. */
  readonly types: readonly string[];
  /** One after the other, each as `numberAt` and `entryAt` read it. */
  readonly bytes: Buffer;
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
  /** Of all, separated by commas; null where there are none. */
  readonly types: string | null;
  readonly entries: Buffer | null;
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
    const asked = readings.map(({ placeholders }) => numbersByType(placeholders));
    const lasts: number[] = [];
    for (const { size } of asked) lasts.push((lasts.at(-1) ?? 0) + size);
    const rows = await this.database.query<SealedRow>(REVEAL, [
      ...appendingValues(
        workspaceId,
        readings.flatMap(({ audited }) => audited),
      ),
      readings.map(({ chatId }) => chatId),
      lasts.map((last, index) => last - (asked[index]?.size ?? 0) + 1),
      lasts,
      ...columnsOf(asked.flatMap((numbers) => [...numbers])),
    ]);
    return rows.map((row) => this.revealed(row));
  }

  /** What a statement with `REVEALED_POSITIONS` has shown. */
  revealed(row: SealedRow): SealedEntries | undefined {
    const entries = entriesOf(row);
    this.metrics.vaultValues.inc({ operation: 'reveal' }, entries?.types.length ?? 0);
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
      ...columnsOf([...numbersByType(placeholders)]),
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
    return this.database.query(NAMED_PRINTS, [workspaceId, chatId, ...columnsOf([...numbersByType(placeholders)])]);
  }
}

/**
 * The numbers of each type, as an `int4multirange` may be written. PostgreSQL joins what follows each other: what is new in a
 * chat gets the next number, so that a page shows runs, and to look one up costs little more than to look up a single entry.
 */
function numbersByType(placeholders: readonly Placeholder[]): Map<string, string> {
  const ranges = new Map<string, string>();
  for (const { type, number } of placeholders) {
    const others = ranges.get(type);
    ranges.set(type, `${others === undefined ? '' : `${others},`}[${number},${number}]`);
  }
  return ranges;
}

const columnsOf = (numbers: readonly (readonly [string, string])[]): [types: string[], numbers: string[]] => [
  numbers.map(([type]) => type),
  numbers.map(([, ranges]) => `{${ranges}}`),
];

const entriesOf = ({ types, entries: bytes, key_version: version }: SealedRow): SealedEntries | undefined =>
  types === null || bytes === null || version === null ? undefined : { types: types.split(','), bytes, version };

/* An entry as `pii_sealed_entries` writes it: number 4, length of what is sealed 4, id 16, what is sealed. */
const LENGTH_AT = 4;
const ID_AT = 8;
const SEALED_AT = ID_AT + 16;

/** The number of the placeholder whose entry begins at `at`. */
export const numberAt = (bytes: Buffer, at: number): number => bytes.readInt32BE(at);

/** The entry that begins at `at`: its own bytes, its id, and what is sealed. */
export function entryAt(
  bytes: Buffer,
  at: number,
): { readonly entry: Buffer; readonly id: string; readonly sealed: Buffer } {
  const entry = bytes.subarray(at, at + SEALED_AT + bytes.readInt32BE(at + LENGTH_AT));
  return { entry, id: stringify(entry, ID_AT), sealed: entry.subarray(SEALED_AT) };
}
