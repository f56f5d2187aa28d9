import { Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/principal.js';
import { CodedError } from '../../errors/coded-error.js';
import { mayAdminister } from '../../workspace/role.js';
import { WorkspaceAccesses } from '../../workspace/workspace-access.js';
import { AuditEntryDto, type AuditPageDto } from './audit.dto.js';
import { AuditStore } from './audit.store.js';

const CURSOR = /^[0-9]{1,16}$/;

@Injectable()
export class AuditService {
  constructor(
    private readonly accesses: WorkspaceAccesses,
    private readonly store: AuditStore,
  ) {}

  async list(principal: Principal, workspaceId: string, limit: number, cursor?: string): Promise<AuditPageDto> {
    const { standing } = await this.accesses.require(principal, workspaceId);
    if (!mayAdminister(standing)) throw new CodedError('forbidden');
    const rows = await this.store.page(workspaceId, readCursor(cursor), limit + 1);
    const shown = rows.slice(0, limit);
    const last = rows.length > limit ? shown.at(-1) : undefined;
    return {
      items: shown.map(AuditEntryDto.of),
      nextCursor: last ? Buffer.from(String(last.seq)).toString('base64url') : null,
    };
  }
}

function readCursor(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER;
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  if (!CURSOR.test(text)) throw new CodedError('invalid_cursor');
  return Number(text);
}
