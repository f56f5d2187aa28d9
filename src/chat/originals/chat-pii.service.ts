import { Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/principal.js';
import { CodedError } from '../../errors/coded-error.js';
import type { Reader } from '../../pii/audit/audit-entry.js';
import { RevealRights } from '../../pii/audit/reveal-rights.js';
import { formatPlaceholder, parsePlaceholder } from '../../pii/placeholder.js';
import { EntryStore } from '../../pii/vault/entry.store.js';
import { Vault } from '../../pii/vault/vault.js';
import type { ChatAccess } from '../chat-access.js';
import type { PlaceholderPageDto, RevealDto, RevealedDto } from './chat-pii.dto.js';
import { PlaceholderUseStore } from '../messages/placeholder-use.store.js';

/** How long revealed values may stay on a screen. */
const REVEALED_SECONDS = 60;

/** What a chat holds of personal data: its placeholders, and originals for those entitled. */
@Injectable()
export class ChatPiiService {
  constructor(
    private readonly entries: EntryStore,
    private readonly uses: PlaceholderUseStore,
    private readonly vault: Vault,
    private readonly rights: RevealRights,
  ) {}

  /** Placeholders by type and number, never values. Visitors of a public workspace see none of it. */
  async list({ chat, access }: ChatAccess, limit: number, cursor?: string): Promise<PlaceholderPageDto> {
    if (access.standing === 'visitor') throw new CodedError('forbidden');
    const { workspaceId, chatId } = chat;
    const rows = await this.entries.list(chat, readCursor(cursor), limit + 1);
    const shown = rows.slice(0, limit).map((row) => ({ ...row, placeholder: formatPlaceholder(row.type, row.number) }));
    const uses = await this.uses.uses(
      workspaceId,
      chatId,
      shown.map(({ placeholder }) => placeholder),
    );
    const last = rows.length > limit ? shown.at(-1) : undefined;
    return {
      items: shown.map(({ placeholder, type, sealed }) => {
        const use = uses.get(placeholder);
        return {
          placeholder,
          type,
          revealable: sealed,
          count: use?.count ?? 0,
          firstUsedAt: use?.firstUsedAt.toISOString() ?? null,
          lastUsedAt: use?.lastUsedAt.toISOString() ?? null,
        };
      }),
      nextCursor: last ? Buffer.from(last.placeholder).toString('base64url') : null,
    };
  }

  async reveal(
    { chat, access }: ChatAccess,
    { placeholders }: RevealDto,
    reader: Reader & { readonly principal: Principal },
  ): Promise<RevealedDto> {
    await this.rights.require('reveal', access, chat.chatId, reader);
    const values = await this.vault.reveal(chat, placeholders, reader, 'reveal');
    return {
      values: Object.fromEntries(values),
      expiresAt: new Date(Date.now() + REVEALED_SECONDS * 1_000).toISOString(),
    };
  }
}

/** The placeholder after which a page begins. */
function readCursor(cursor: string | undefined): { type: string; number: number } {
  if (cursor === undefined) return { type: '', number: 0 };
  const placeholder = parsePlaceholder(Buffer.from(cursor, 'base64url').toString('latin1'));
  if (!placeholder) throw new CodedError('invalid_cursor');
  return placeholder;
}
