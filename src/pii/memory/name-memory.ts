import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Notifications } from '../../database/notifications.js';
import type { MaskingDraft } from '../masking-draft.js';
import { formatPlaceholder, parsePlaceholder, type Placeholder } from '../placeholder.js';
import { ChatKeys, type ChatScope } from '../vault/chat-keys.js';
import { EntryStore } from '../vault/entry.store.js';
import { SealedValues } from '../vault/sealed-values.js';
import { ChatCache, MAX_KNOWN } from './chat-cache.js';
import { type KnownName, KnownNames } from './known-names.js';
import { type PrintedName, PrintedNames } from './name-prints.js';
import { recall } from './recall.js';
import { isRemembered, REMEMBERED_TYPES } from './remembered-types.js';

/** Carries `chat/node that has added names/their placeholders, separated by commas`. */
const CHANNEL = 'cloakroom_names';
/** So many fit in one hint. */
const ANNOUNCED = 100;
/** The latest names of a chat that are read; while it is remembered, it may learn as many again. */
const MAX_NAMES = MAX_KNOWN / 2;

/** A name that was just stored. */
export interface StoredName extends PrintedName {
  readonly value: string;
  /** Whether its original is in the vault. */
  readonly sealed: boolean;
  readonly prints: Buffer | null;
}

/**
 * The names that chats have seen: read from the vault or, where that is off, as prints that tell nobody what they stand for.
 * In clear they live as long as the key that opened them: five minutes at most, gone at once with an erasure. Messages of a
 * chat that is remembered cost no round trip; other nodes say when they have added a name.
 */
@Injectable()
export class NameMemory implements OnModuleInit {
  private readonly logger = new Logger(NameMemory.name);
  private readonly node = randomUUID();
  private readonly names: ChatCache<KnownNames>;
  private readonly prints: ChatCache<PrintedNames>;

  constructor(
    private readonly keys: ChatKeys,
    private readonly entries: EntryStore,
    private readonly sealed: SealedValues,
    private readonly notifications: Notifications,
  ) {
    this.names = new ChatCache(
      async (scope) => new KnownNames(await this.read(scope)),
      async (scope, known, placeholders) => {
        for (const name of await this.read(scope, placeholders)) known.add(name);
      },
      keys.heldMs,
    );
    this.prints = new ChatCache(
      (scope) => this.readPrints(scope, new PrintedNames()),
      async (scope, known, placeholders) => void (await this.readPrints(scope, known, placeholders)),
      keys.heldMs,
    );
  }

  onModuleInit(): void {
    this.keys.onForget((scope) => this.forget(scope.chatId));
    this.notifications.listen(CHANNEL, (payload) => {
      const [chatId = '', node, placeholders] = payload.split('/');
      if (node === this.node) return;
      // A node of an earlier release does not say which.
      if (placeholders === undefined) this.forget(chatId);
      else this.announce(chatId, placeholders.split(','));
    });
    this.notifications.onGap(() => {
      this.names.clear();
      this.prints.clear();
    });
  }

  /**
   * Finds names again that the chat knows, as far as names are looked for.
   * @param vault whether the chat keeps originals
   * @returns undefined when what the chat knows is out of reach
   */
  async recall(draft: MaskingDraft, scope: ChatScope, vault: boolean): Promise<MaskingDraft | undefined> {
    const { detected } = draft;
    if (detected !== 'all' && (detected === 'none' || !REMEMBERED_TYPES.some((type) => detected.has(type)))) {
      return draft;
    }
    if (!vault) return this.recallPrinted(draft, scope);
    const names = await this.names.get(scope);
    return names && recall(draft, names);
  }

  /** Adds names that have just been stored here, and lets other nodes know. */
  learn({ chatId }: ChatScope, stored: readonly StoredName[]): void {
    const names = stored.filter(({ type }) => isRemembered(type));
    if (names.length === 0) return;
    const [known, printed] = [this.names.peek(chatId), this.prints.peek(chatId)];
    for (const name of names) {
      if (name.sealed) known?.add(name);
      if (name.prints) printed?.add(name, name.prints);
    }
    const placeholders = names.map(({ placeholder }) => placeholder);
    // What is being read may be without them.
    if (!known) this.names.announce(chatId, placeholders);
    if (!printed) this.prints.announce(chatId, placeholders);
    const hints = Array.from({ length: Math.ceil(placeholders.length / ANNOUNCED) }, (_, index) => {
      const some = placeholders.slice(index * ANNOUNCED, (index + 1) * ANNOUNCED);
      return `${chatId}/${this.node}/${some.join(',')}`;
    });
    // A hint that is lost is made up for when the names are read again.
    this.notifications.publish(CHANNEL, hints).catch(() => undefined);
  }

  private announce(chatId: string, placeholders: readonly string[]): void {
    this.names.announce(chatId, placeholders);
    this.prints.announce(chatId, placeholders);
  }

  private forget(chatId: string): void {
    this.names.forget(chatId);
    this.prints.forget(chatId);
  }

  private async recallPrinted(draft: MaskingDraft, scope: ChatScope): Promise<MaskingDraft | undefined> {
    const names = await this.prints.get(scope);
    if (!names) return undefined;
    if (names.isEmpty) return recall(draft, new KnownNames());
    return this.keys.use(scope, (key) => recall(draft, new KnownNames([], names.with(key))));
  }

  /**
   * The latest names, or those of the placeholders. An entry that does not open says so to whoever reads the vault; here it
   * is not there.
   */
  private async read(scope: ChatScope, placeholders?: readonly string[]): Promise<KnownName[]> {
    try {
      const { values, version } = await this.sealed.open(scope, () =>
        placeholders
          ? this.entries.sealed(scope, parsed(placeholders))
          : this.entries.latest(scope, REMEMBERED_TYPES, MAX_NAMES),
      );
      return [...values].map(([placeholder, value]) => ({
        type: parsePlaceholder(placeholder)?.type ?? '',
        value,
        placeholder,
        keyVersion: version,
      }));
    } catch (error) {
      this.logger.warn('names of a chat cannot be read');
      throw error;
    }
  }

  /** Fails where the key is out of reach, so that no message waits for it before the next attempt. */
  private async readPrints(
    scope: ChatScope,
    names: PrintedNames,
    placeholders?: readonly string[],
  ): Promise<PrintedNames> {
    const entries = placeholders
      ? await this.entries.namedPrints(scope, parsed(placeholders))
      : await this.entries.latestPrints(scope, REMEMBERED_TYPES, MAX_NAMES);
    for (const { type, number, prints, version } of entries) {
      names.add({ type, placeholder: formatPlaceholder(type, number), keyVersion: version }, prints);
    }
    if (!names.isEmpty) await this.keys.use(scope, () => undefined);
    return names;
  }
}

const parsed = (placeholders: readonly string[]): Placeholder[] =>
  placeholders.map(parsePlaceholder).filter((placeholder) => placeholder !== undefined);
