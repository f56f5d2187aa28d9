import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { CodedError } from '../../errors/coded-error.js';
import { NameMemory, type StoredName } from '../memory/name-memory.js';
import { namePrints } from '../memory/name-prints.js';
import { normalizeValue } from '../normalize.js';
import { formatPlaceholder } from '../placeholder.js';
import { ChatKeys, type ChatScope } from './chat-keys.js';
import { EntryStore, type NewEntry } from './entry.store.js';
import { KnownPlaceholders } from './known-placeholders.js';
import { choosePlaceholders, type FoundValue } from './placeholder-choice.js';
import { UsedNumbers } from './used-numbers.js';
import { fingerprint, sealValue } from './value-cipher.js';

/** Placeholders of some values. */
export interface Assigned {
  readonly placeholders: readonly string[];
  /** Of the chat's key when they stood for these values; undefined where there are none. */
  readonly keyVersion: number | undefined;
}

interface Assignment {
  readonly values: readonly FoundValue[];
  readonly typed: ReadonlySet<string>;
  readonly keepOriginals: boolean;
}

/** An assignment with the fingerprints of its values. */
interface Printed extends Assignment {
  readonly fingerprints: readonly Buffer[];
}

interface Waiting extends Assignment {
  readonly resolve: (assigned: Assigned) => void;
  readonly reject: (error: unknown) => void;
}

/** Entries for values that are new, and what they stand for. */
interface Choice {
  readonly version?: number;
  /** By fingerprint. */
  readonly chosen: ReadonlyMap<string, string>;
  readonly entries: readonly NewEntry[];
  readonly values: readonly string[];
}

/** Rounds against other nodes in the same chat, with pauses by chance: in step, the same one would be late each time. */
const [MAX_ROUNDS, PAUSE_MS] = [20, 5];
const MAX_WAITING = 10_000;

/**
 * Gives every distinct value of a chat its placeholder, once and for good: two unique rules in the database (value,
 * placeholder) decide, so that senders, nodes and restarts agree. Values known already cost no round trip.
 */
@Injectable()
export class Placeholders {
  private readonly known = new KnownPlaceholders();
  private readonly waiting = new Map<string, Waiting[]>();
  private waitingCount = 0;
  private readonly numbers: UsedNumbers;

  constructor(
    private readonly keys: ChatKeys,
    private readonly entries: EntryStore,
    private readonly memory: NameMemory,
  ) {
    this.numbers = new UsedNumbers(entries);
  }

  /**
   * The placeholder of each value, allocated where it has none.
   * @param keepOriginals whether the vault is on: originals are stored encrypted beside the fingerprint
   */
  async assign(
    scope: ChatScope,
    values: readonly FoundValue[],
    typed: ReadonlySet<string>,
    keepOriginals: boolean,
  ): Promise<Assigned> {
    if (values.length === 0) return NONE;
    const { version, printed } = await this.print(scope, [{ values, typed, keepOriginals }]);
    const cached = printed[0]?.fingerprints.map((print) => this.known.get(scope, print)) ?? [];
    if (cached.every((entry) => entry?.version === version && (!keepOriginals || entry.unsealedId === undefined))) {
      const placeholders = cached.map((entry) => (entry ? formatPlaceholder(entry.type, entry.number) : ''));
      return { placeholders, keyVersion: version };
    }
    if (this.waitingCount >= MAX_WAITING) throw new CodedError('overloaded', { retryAfter: 1 });
    return new Promise<Assigned>((resolve, reject) => {
      this.enqueue(scope, { values, typed, keepOriginals, resolve, reject });
    });
  }

  /** What `assign` would answer now; nothing is stored, numbers of new values are not reserved. */
  async preview(scope: ChatScope, values: readonly FoundValue[], typed: ReadonlySet<string>): Promise<Assigned> {
    if (values.length === 0) return NONE;
    const { version, printed } = await this.print(scope, [{ values, typed, keepOriginals: false }]);
    const fingerprints = printed.flatMap((call) => call.fingerprints);
    const known = await this.lookUp(scope, version, fingerprints);
    const { chosen } = await this.choose(scope, printed, known);
    const placeholders = fingerprints.map((print) => known.get(hex(print)) ?? chosen.get(hex(print)) ?? '');
    return { placeholders, keyVersion: version };
  }

  private print(scope: ChatScope, calls: readonly Assignment[]): Promise<{ version: number; printed: Printed[] }> {
    return this.keys.use(scope, (key) => ({
      version: key.version,
      printed: calls.map((call) => ({
        ...call,
        fingerprints: call.values.map(({ type, value }) => fingerprint(key, normalizeValue(type, value) || value)),
      })),
    }));
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
        const answers = await this.allocate(scope, calls);
        for (const [index, call] of calls.entries()) call.resolve(answers[index] ?? NONE);
      } catch (error) {
        for (const call of calls) call.reject(error);
      }
    }
  }

  /** @returns for each call the placeholders of its values */
  private async allocate(scope: ChatScope, calls: readonly Assignment[]): Promise<Assigned[]> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      if (round > 0) await delay(Math.random() * PAUSE_MS);
      const { version, printed } = await this.print(scope, calls);
      const fingerprints = printed.flatMap((call) => call.fingerprints);
      const placeholders = await this.lookUp(scope, version, fingerprints);
      const isCurrent = await this.sealLate(scope, version, printed);
      const choice = await this.choose(scope, printed, placeholders);
      if (!isCurrent || (choice.version ?? version) !== version) {
        this.keys.forget(scope);
        continue;
      }
      if (choice.entries.length > 0) {
        const outcome = await this.entries.insert(scope, version, choice.entries);
        if (!outcome) this.keys.forget(scope);
        else this.memory.learn(scope, namesOf(choice, version, outcome));
        if (outcome?.written.size !== choice.entries.length) continue;
        for (const entry of choice.entries) {
          this.known.add(scope, version, { ...entry, sealed: outcome.open && entry.sealedValue !== null });
        }
      }
      const all = new Map([...placeholders, ...choice.chosen]);
      return printed.map((call) => ({
        placeholders: call.fingerprints.map((print) => all.get(hex(print)) ?? ''),
        keyVersion: version,
      }));
    }
    throw new CodedError('overloaded', { retryAfter: 1 });
  }

  private async lookUp(
    scope: ChatScope,
    version: number,
    fingerprints: readonly Buffer[],
  ): Promise<Map<string, string>> {
    const found = await this.entries.findKnown(scope, fingerprints);
    for (const entry of found) this.known.add(scope, version, entry);
    return new Map(found.map((entry) => [hex(entry.fingerprint), formatPlaceholder(entry.type, entry.number)]));
  }

  /**
   * Stores originals of values that the chat knows by fingerprint only, from a time when its vault was off.
   * @returns false when the chat has another key by now
   */
  private async sealLate(scope: ChatScope, version: number, calls: readonly Printed[]): Promise<boolean> {
    for (const { values, fingerprints, keepOriginals } of calls) {
      if (!keepOriginals) continue;
      for (const [index, print] of fingerprints.entries()) {
        const entry = this.known.get(scope, print);
        if (entry?.unsealedId === undefined || entry.version !== version) continue;
        const { type, number, unsealedId: id } = entry;
        const placeholder = formatPlaceholder(type, number);
        const context = { ...scope, placeholder, entryId: id };
        const value = values[index]?.value ?? '';
        const sealed = await this.keys.use(scope, (key) =>
          key.version === version ? sealValue(key, value, context) : undefined,
        );
        const outcome = sealed && (await this.entries.seal(scope, version, id, sealed));
        if (!outcome) return false;
        if (outcome.open) {
          this.known.add(scope, version, { fingerprint: print, id, type, number, sealed: true });
          const name = { type, value, placeholder, keyVersion: version };
          this.memory.learn(scope, [{ ...name, sealed: true, prints: null }]);
        }
      }
    }
    return true;
  }

  private async choose(
    scope: ChatScope,
    calls: readonly Printed[],
    placeholders: ReadonlyMap<string, string>,
  ): Promise<Choice> {
    const fresh = new Map<string, { found: FoundValue; print: Buffer; keep: boolean }>();
    for (const { values, fingerprints, keepOriginals } of calls) {
      for (const [index, found] of values.entries()) {
        const print = fingerprints[index];
        if (!print || placeholders.has(hex(print))) continue;
        const seen = fresh.get(hex(print));
        fresh.set(hex(print), { found: seen?.found ?? found, print, keep: keepOriginals || (seen?.keep ?? false) });
      }
    }
    if (fresh.size === 0) return { chosen: new Map(), entries: [], values: [] };

    const candidates = [...fresh.values()];
    const taken = await this.numbers.taken(
      scope,
      candidates.map(({ found }) => found),
    );
    const typed = new Set(calls.flatMap((call) => [...call.typed]));
    const names = choosePlaceholders(
      candidates.map(({ found }) => found),
      (type) => taken.get(type) ?? { lowest: 1, taken: new Set() },
      typed,
    );
    const { version, entries } = await this.keys.use(scope, (key) => ({
      version: key.version,
      entries: candidates.map(({ found, print, keep }, index): NewEntry => {
        const { type, number } = names[index] ?? { type: found.type, number: 0 };
        const id = uuidv7();
        const context = { ...scope, placeholder: formatPlaceholder(type, number), entryId: id };
        return {
          id,
          type,
          number,
          fingerprint: print,
          sealedValue: keep ? sealValue(key, found.value, context) : null,
          namePrints: namePrints(key, type, found.value),
        };
      }),
    }));
    return {
      version,
      entries,
      values: candidates.map(({ found }) => found.value),
      chosen: new Map(entries.map((entry) => [hex(entry.fingerprint), formatPlaceholder(entry.type, entry.number)])),
    };
  }
}

const NONE: Assigned = { placeholders: [], keyVersion: undefined };

const hex = (bytes: Buffer): string => bytes.toString('hex');
/** What was written, as names. */
const namesOf = (
  { entries, values }: Choice,
  keyVersion: number,
  { written, open }: { readonly written: ReadonlySet<string>; readonly open: boolean },
): StoredName[] =>
  entries
    .map(({ id, type, number, sealedValue, namePrints: prints }, index) => {
      const name = { type, value: values[index] ?? '', placeholder: formatPlaceholder(type, number), keyVersion };
      return { ...name, id, sealed: open && sealedValue !== null, prints };
    })
    .filter(({ id }) => written.has(id));
