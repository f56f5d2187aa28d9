import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { v7 as uuidv7 } from 'uuid';
import { CodedError } from '../../errors/coded-error.js';
import { normalizeValue } from '../normalize.js';
import { formatPlaceholder } from '../placeholder.js';
import { ChatKeys, type ChatScope } from './chat-keys.js';
import { EntryStore, type KnownEntry, type NewEntry } from './entry.store.js';
import { type Candidate, choosePlaceholders, type TakenNumbers } from './placeholder-choice.js';
import { fingerprint, sealValue } from './value-cipher.js';

/** A value found in a text. */
export interface FoundValue extends Candidate {
  readonly value: string;
}

interface Assignment {
  readonly values: readonly FoundValue[];
  readonly fingerprints: readonly Buffer[];
  readonly typed: ReadonlySet<string>;
  readonly keepOriginals: boolean;
}

interface Waiting extends Assignment {
  readonly resolve: (placeholders: string[]) => void;
  readonly reject: (error: unknown) => void;
}

interface Known {
  readonly id: string;
  readonly placeholder: string;
  readonly sealed: boolean;
}

const CACHED_VALUES = 100_000;
const CACHED_COUNTERS = 20_000;
/** Rounds against other nodes that write to the same chat; each round at least one of them gets ahead. */
const MAX_ROUNDS = 20;
const MAX_WAITING = 10_000;

/**
 * Gives every distinct value of a chat its placeholder, once and for good: two unique rules in the database (value,
 * placeholder) decide, so that senders, nodes and restarts agree. Values known already cost no round trip.
 */
@Injectable()
export class Placeholders {
  private readonly known = new LRUCache<string, Known>({ max: CACHED_VALUES });
  /** By chat and type: every number below is taken. Entries are never removed, so that this only grows. */
  private readonly lowest = new LRUCache<string, number>({ max: CACHED_COUNTERS });
  private readonly waiting = new Map<string, Waiting[]>();
  private waitingCount = 0;

  constructor(
    private readonly keys: ChatKeys,
    private readonly entries: EntryStore,
  ) {}

  /**
   * The placeholder of each value, allocated where it has none.
   * @param keepOriginals whether the vault is on: originals are stored encrypted beside the fingerprint
   */
  async assign(
    scope: ChatScope,
    values: readonly FoundValue[],
    typed: ReadonlySet<string>,
    keepOriginals: boolean,
  ): Promise<string[]> {
    if (values.length === 0) return [];
    const fingerprints = await this.fingerprintsOf(scope, values);
    const cached = fingerprints.map((print) => this.known.get(cacheKey(scope, print)));
    if (cached.every((entry) => entry && (entry.sealed || !keepOriginals))) {
      return cached.map((entry) => entry?.placeholder ?? '');
    }
    if (this.waitingCount >= MAX_WAITING) throw new CodedError('overloaded', { retryAfter: 1 });
    return new Promise<string[]>((resolve, reject) => {
      this.enqueue(scope, { values, fingerprints, typed, keepOriginals, resolve, reject });
    });
  }

  /** What `assign` would answer now; nothing is stored, numbers of new values are not reserved. */
  async preview(scope: ChatScope, values: readonly FoundValue[], typed: ReadonlySet<string>): Promise<string[]> {
    if (values.length === 0) return [];
    const fingerprints = await this.fingerprintsOf(scope, values);
    const placeholders = await this.lookUp(scope, fingerprints);
    return this.choose(scope, [{ values, fingerprints, typed, keepOriginals: false }], placeholders).then(
      ({ chosen }) => fingerprints.map((print) => placeholders.get(hex(print)) ?? chosen.get(hex(print)) ?? ''),
    );
  }

  /** Forgets which originals are stored, after the vault of a workspace was switched off. */
  forgetSealed(): void {
    this.known.clear();
  }

  private fingerprintsOf(scope: ChatScope, values: readonly FoundValue[]): Promise<Buffer[]> {
    return this.keys.use(scope, (key) =>
      values.map(({ type, value }) => fingerprint(key, normalizeValue(type, value) || value)),
    );
  }

  /** Calls that come while one of the same chat is under way go together in the next. */
  private enqueue(scope: ChatScope, call: Waiting): void {
    this.waitingCount += 1;
    const queue = this.waiting.get(scope.chatId);
    if (queue) {
      queue.push(call);
      return;
    }
    this.waiting.set(scope.chatId, [call]);
    void this.drain(scope);
  }

  private async drain(scope: ChatScope): Promise<void> {
    for (;;) {
      const calls = this.waiting.get(scope.chatId) ?? [];
      if (calls.length === 0) {
        this.waiting.delete(scope.chatId);
        return;
      }
      this.waiting.set(scope.chatId, []);
      this.waitingCount -= calls.length;
      try {
        const placeholders = await this.allocate(scope, calls);
        for (const call of calls) {
          call.resolve(call.fingerprints.map((print) => placeholders.get(hex(print)) ?? ''));
        }
      } catch (error) {
        for (const call of calls) call.reject(error);
      }
    }
  }

  private async allocate(scope: ChatScope, calls: readonly Assignment[]): Promise<Map<string, string>> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const placeholders = await this.lookUp(
        scope,
        calls.flatMap((call) => call.fingerprints),
      );
      await this.sealLate(scope, calls);
      const { chosen, entries } = await this.choose(scope, calls, placeholders);
      if (entries.length === 0) return placeholders;
      const written = await this.entries.insert(scope, entries);
      if (written.size === entries.length) {
        for (const entry of entries) this.remember(scope, { ...entry, sealed: entry.sealedValue !== null });
        return new Map([...placeholders, ...chosen]);
      }
    }
    throw new CodedError('overloaded', { retryAfter: 1 });
  }

  private async lookUp(scope: ChatScope, fingerprints: readonly Buffer[]): Promise<Map<string, string>> {
    const found = await this.entries.findKnown(scope, fingerprints);
    for (const entry of found) this.remember(scope, entry);
    return new Map(found.map((entry) => [hex(entry.fingerprint), formatPlaceholder(entry.type, entry.number)]));
  }

  /** Stores originals of values that the chat knows by fingerprint only, from a time when its vault was off. */
  private async sealLate(scope: ChatScope, calls: readonly Assignment[]): Promise<void> {
    for (const { values, fingerprints, keepOriginals } of calls) {
      if (!keepOriginals) continue;
      for (const [index, print] of fingerprints.entries()) {
        const entry = this.known.get(cacheKey(scope, print));
        if (!entry || entry.sealed) continue;
        const context = { ...scope, placeholder: entry.placeholder, entryId: entry.id };
        const sealed = await this.keys.use(scope, (key) => sealValue(key, values[index]?.value ?? '', context));
        await this.entries.seal(scope, entry.id, sealed);
        this.known.set(cacheKey(scope, print), { ...entry, sealed: true });
      }
    }
  }

  private async choose(
    scope: ChatScope,
    calls: readonly Assignment[],
    placeholders: ReadonlyMap<string, string>,
  ): Promise<{ chosen: Map<string, string>; entries: NewEntry[] }> {
    const fresh = new Map<string, { found: FoundValue; print: Buffer; keep: boolean }>();
    for (const { values, fingerprints, keepOriginals } of calls) {
      for (const [index, found] of values.entries()) {
        const print = fingerprints[index];
        if (!print || placeholders.has(hex(print))) continue;
        const seen = fresh.get(hex(print));
        fresh.set(hex(print), { found: seen?.found ?? found, print, keep: keepOriginals || (seen?.keep ?? false) });
      }
    }
    if (fresh.size === 0) return { chosen: new Map(), entries: [] };

    const candidates = [...fresh.values()];
    const taken = await this.takenNumbers(
      scope,
      candidates.map(({ found }) => found),
    );
    const typed = new Set(calls.flatMap((call) => [...call.typed]));
    const names = choosePlaceholders(
      candidates.map(({ found }) => found),
      (type) => taken.get(type) ?? { lowest: 1, taken: new Set() },
      typed,
    );
    const entries = await this.keys.use(scope, (key) =>
      candidates.map(({ found, print, keep }, index): NewEntry => {
        const { type, number } = names[index] ?? { type: found.type, number: 0 };
        const id = uuidv7();
        const context = { ...scope, placeholder: formatPlaceholder(type, number), entryId: id };
        return {
          id,
          type,
          number,
          fingerprint: print,
          sealedValue: keep ? sealValue(key, found.value, context) : null,
        };
      }),
    );
    return {
      entries,
      chosen: new Map(entries.map((entry) => [hex(entry.fingerprint), formatPlaceholder(entry.type, entry.number)])),
    };
  }

  private async takenNumbers(scope: ChatScope, found: readonly FoundValue[]): Promise<Map<string, TakenNumbers>> {
    const types = new Set(found.flatMap(({ type, proposed }) => [type, ...(proposed ? [typeOf(proposed)] : [])]));
    const lowest = new Map([...types].map((type) => [type, this.lowest.get(`${scope.chatId}/${type}`) ?? 1]));
    const used = await this.entries.usedNumbers(scope, lowest);
    const taken = new Map([...types].map((type) => [type, new Set<number>()]));
    for (const { type, number } of used) taken.get(type)?.add(number);
    for (const [type, numbers] of taken) {
      let next = lowest.get(type) ?? 1;
      while (numbers.has(next)) next += 1;
      lowest.set(type, next);
      this.lowest.set(`${scope.chatId}/${type}`, next);
    }
    return new Map([...taken].map(([type, numbers]) => [type, { lowest: lowest.get(type) ?? 1, taken: numbers }]));
  }

  private remember(
    scope: ChatScope,
    entry: Pick<KnownEntry, 'fingerprint' | 'id' | 'type' | 'number' | 'sealed'>,
  ): void {
    const placeholder = formatPlaceholder(entry.type, entry.number);
    this.known.set(cacheKey(scope, entry.fingerprint), { id: entry.id, placeholder, sealed: entry.sealed });
  }
}

const hex = (bytes: Buffer): string => bytes.toString('hex');
const cacheKey = ({ chatId }: ChatScope, print: Buffer): string => `${chatId}/${hex(print)}`;
const typeOf = (placeholder: string): string => placeholder.slice(1, placeholder.lastIndexOf('_'));
