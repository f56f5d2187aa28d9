import { Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/principal.js';
import { CodedError } from '../../errors/coded-error.js';
import { maySeeOriginals, type WorkspaceAccess } from '../../workspace/workspace-access.js';
import type { Reader } from './audit-entry.js';
import { AuditStore } from './audit.store.js';

/** Who may see originals. Every refusal leaves a row in the audit. */
@Injectable()
export class RevealRights {
  constructor(private readonly audit: AuditStore) {}

  /** @throws CodedError `pii_access_required`, `access_reason_required` */
  async require(
    action: 'rehydrate' | 'reveal' | 'export' | 'search',
    access: WorkspaceAccess,
    chatId: string | null,
    reader: Reader & { readonly principal: Principal },
  ): Promise<void> {
    const mayRead = maySeeOriginals(reader.principal, access);
    const hasReason = access.policy.accessReason !== 'required' || reader.reason !== undefined;
    if (mayRead && hasReason) return;
    await this.audit.append(access.workspaceId, chatId, `${action}_refused`, {}, reader);
    throw new CodedError(mayRead ? 'access_reason_required' : 'pii_access_required');
  }
}
