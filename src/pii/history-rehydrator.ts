import { Injectable } from '@nestjs/common';
import type { Principal } from '../auth/principal.js';
import type { Page, WrittenPage } from '../edge/page.js';
import { CodedError } from '../errors/coded-error.js';
import type { WorkspaceAccess } from '../workspace/workspace-access.js';
import type { Reader } from './audit/audit-entry.js';
import { RevealRights } from './audit/reveal-rights.js';
import { MAX_REHYDRATED_BYTES } from './draft-message.js';
import type { MaskedText } from './masked-text.js';
import { rehydrate } from './rehydrate.js';
import { Vault } from './vault/vault.js';

/** A message of a history: masked, and of which chat. */
export type HistoryItem = MaskedText & { readonly chatId: string };

/** Where originals come from: the vault, or a mapping that the caller brings along. */
export type OriginalSource = 'vault' | ReadonlyMap<string, string>;

/** Adds originals to messages that were read from the store. */
@Injectable()
export class HistoryRehydrator {
  constructor(
    private readonly vault: Vault,
    private readonly rights: RevealRights,
  ) {}

  /**
   * A caller's own mapping needs no right: the values are already theirs.
   * @throws CodedError `pii_access_required`, `access_reason_required`
   */
  async requireRight(
    source: OriginalSource,
    access: WorkspaceAccess,
    chatId: string,
    reader: Reader & { readonly principal: Principal },
  ): Promise<void> {
    if (source === 'vault') await this.rights.require('rehydrate', access, chatId, reader);
  }

  /** @throws CodedError `payload_too_large` when the messages of the page would be over 256 KiB together */
  async rehydratePage<Item extends HistoryItem>(
    page: Page<Item>,
    source: OriginalSource,
    workspaceId: string,
    reader: Reader,
  ): Promise<Page<Item & { readonly message: string }>> {
    const messages = await this.messagesOf(page.items, source, workspaceId, reader);
    return { ...page, items: page.items.map((item, index) => ({ ...item, message: messages[index] ?? '' })) };
  }

  /** As `rehydratePage`: the JSON of the page. */
  async rehydrateWritten(
    page: WrittenPage<HistoryItem>,
    source: OriginalSource,
    workspaceId: string,
    reader: Reader,
  ): Promise<string> {
    return page.textWith('message', await this.messagesOf(page.read().items, source, workspaceId, reader));
  }

  /** Originals for messages of one chat that leave one by one: each was bounded when it was sent, all together are not. */
  async rehydrateEach<Item extends HistoryItem>(
    items: readonly Item[],
    workspaceId: string,
    reader: Reader,
  ): Promise<(Item & { readonly message: string })[]> {
    const chatId = items[0]?.chatId;
    if (chatId === undefined) return [];
    const values = await this.valuesOf(items, 'vault', { workspaceId, chatId }, reader);
    return items.map((item) => ({ ...item, message: rehydrate(item, values) }));
  }

  private async messagesOf(
    items: readonly HistoryItem[],
    source: OriginalSource,
    workspaceId: string,
    reader: Reader,
  ): Promise<string[]> {
    const chatId = items[0]?.chatId;
    if (chatId === undefined) return [];
    const values = await this.valuesOf(items, source, { workspaceId, chatId }, reader);
    let bytes = 0;
    return items.map((item) => {
      const message = rehydrate(item, values);
      bytes += Buffer.byteLength(message);
      if (bytes > MAX_REHYDRATED_BYTES) throw new CodedError('payload_too_large');
      return message;
    });
  }

  private async valuesOf(
    items: readonly MaskedText[],
    source: OriginalSource,
    scope: { readonly workspaceId: string; readonly chatId: string },
    reader: Reader,
  ): Promise<ReadonlyMap<string, string>> {
    if (source !== 'vault') return source;
    const placeholders = items.flatMap(({ positions }) => positions.map(({ placeholder }) => placeholder));
    return this.vault.reveal(scope, placeholders, reader);
  }
}
