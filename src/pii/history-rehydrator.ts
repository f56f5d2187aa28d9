import { Injectable } from '@nestjs/common';
import type { Principal } from '../auth/principal.js';
import type { WrittenPage } from '../edge/page.js';
import { CodedError } from '../errors/coded-error.js';
import type { WorkspaceAccess } from '../workspace/workspace-access.js';
import type { Reader } from './audit/audit-entry.js';
import { RevealRights } from './audit/reveal-rights.js';
import { MAX_REHYDRATED_BYTES } from './draft-message.js';
import { type MaskedText, placeholdersOf } from './masked-text.js';
import { rehydrate } from './rehydrate.js';
import type { UnreadPage } from './vault/unread-page.js';
import { Vault } from './vault/vault.js';
import { bytesOfJson, rehydratedJson } from './written-text.js';

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

  /**
   * A page with its originals, as `message` beside the masked text.
   * @throws CodedError `payload_too_large` when the messages of the page would be over 256 KiB together
   */
  async read<Item extends HistoryItem>(
    unread: UnreadPage<Item>,
    source: OriginalSource,
    reader: Reader,
  ): Promise<WrittenPage<Item & { readonly message: string }>> {
    const { page, values } =
      source === 'vault'
        ? await this.vault.revealPage(unread, reader)
        : { page: await unread.masked(), values: source };
    let bytes = 0;
    return page.with('message', (item) => {
      const message = rehydratedJson(item, values);
      bytes += bytesOfJson(message);
      if (bytes > MAX_REHYDRATED_BYTES) throw new CodedError('payload_too_large');
      return message;
    });
  }

  /** Originals for messages of one chat that leave one by one: each was bounded when it was sent, all together are not. */
  async rehydrateEach<Item extends HistoryItem>(
    items: readonly Item[],
    workspaceId: string,
    reader: Reader,
  ): Promise<(Item & { readonly message: string })[]> {
    const chatId = items[0]?.chatId;
    if (chatId === undefined) return [];
    const values = await this.vault.reveal({ workspaceId, chatId }, placeholdersOf(items), reader);
    return items.map((item) => ({ ...item, message: rehydrate(item, values) }));
  }
}
