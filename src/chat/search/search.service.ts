import { Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/principal.js';
import { RateLimits } from '../../auth/rate-limits.js';
import { idOfCursor, type ListName, type Page, toPage } from '../../edge/page.js';
import type { Reader } from '../../pii/audit/audit-entry.js';
import { AuditStore } from '../../pii/audit/audit.store.js';
import { RevealRights } from '../../pii/audit/reveal-rights.js';
import { ValueSearch } from '../../pii/vault/value-search.js';
import { WorkspaceAccesses } from '../../workspace/workspace-access.js';
import type { ChatAccess } from '../chat-access.js';
import type { MessageView } from '../messages/message-view.js';
import type { SearchDto, SearchValueDto } from './search.dto.js';
import { SearchStore, type Shown } from './search.store.js';
import { searchWords } from './search-words.js';

/** Greater than any id. */
const END = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Finds messages by their masked words or, for those entitled, by a value that they hide. */
@Injectable()
export class SearchService {
  constructor(
    private readonly accesses: WorkspaceAccesses,
    private readonly rights: RevealRights,
    private readonly audit: AuditStore,
    private readonly values: ValueSearch,
    private readonly limits: RateLimits,
    private readonly store: SearchStore,
  ) {}

  /** @throws CodedError `validation_failed` for a query without a word to look for */
  async inChat({ chat }: ChatAccess, { query, limit, cursor }: SearchDto): Promise<Page<MessageView>> {
    const before = idOfCursor('chat-search', cursor) ?? END;
    const { workspaceId, chatId } = chat;
    return pageOf(
      'chat-search',
      await this.store.inChat(workspaceId, chatId, searchWords(query), before, limit + 1),
      limit,
    );
  }

  async inWorkspace(
    principal: Principal,
    workspaceId: string,
    { query, limit, cursor }: SearchDto,
  ): Promise<Page<MessageView>> {
    await this.accesses.require(principal, workspaceId);
    const before = idOfCursor('workspace-search', cursor) ?? END;
    return pageOf(
      'workspace-search',
      await this.store.inWorkspace(workspaceId, searchWords(query), before, limit + 1),
      limit,
    );
  }

  /**
   * Who may see originals may ask where one occurs; no original is opened for it. The answer is masked: whoever asks
   * knows the value. Asking is audited, with or without right.
   * @throws CodedError `pii_access_required`, `access_reason_required`, `rate_limited`
   */
  async byValue(
    reader: Reader & { readonly principal: Principal },
    address: string,
    workspaceId: string,
    { type, value, limit, cursor }: SearchValueDto,
  ): Promise<Page<MessageView>> {
    const access = await this.accesses.require(reader.principal, workspaceId);
    this.limits.lookUp(reader.principal, address);
    await this.rights.require('search', access, null, reader);
    const before = idOfCursor('value-search', cursor) ?? END;
    const shown: Shown[] = [];
    for await (const { chatId, placeholders } of this.values.find(workspaceId, type, value)) {
      shown.push(...placeholders.map((placeholder) => ({ chatId, placeholder })));
    }
    await this.audit.append(workspaceId, null, 'search', { [type]: shown.length }, reader);
    return pageOf('value-search', await this.store.showing(workspaceId, shown, before, limit + 1), limit);
  }
}

const pageOf = (list: ListName, rows: readonly MessageView[], limit: number): Page<MessageView> =>
  toPage(list, rows, limit, (row) => row);
