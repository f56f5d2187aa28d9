import { Injectable } from '@nestjs/common';
import type { Principal } from '../auth/principal.js';
import { CodedError } from '../errors/coded-error.js';
import { type WorkspaceAccess, WorkspaceAccesses } from '../workspace/workspace-access.js';
import type { Reader } from './audit/audit-entry.js';
import { RevealRights } from './audit/reveal-rights.js';
import { MAX_REHYDRATED_BYTES } from './draft-message.js';
import { Drafter } from './drafter.js';
import { instructionsFromBody } from './instructions.js';
import { Masker } from './masker.js';
import { KnownNames } from './memory/known-names.js';
import { recall } from './memory/recall.js';
import { numberedAlone } from './numbered-alone.js';
import type { DetectDto, DetectedDto, RehydrateDto } from './pii.dto.js';
import { typedNumbers } from './placeholder.js';
import { rehydrateWritten } from './rehydrate.js';
import { ChatKeys } from './vault/chat-keys.js';
import { Vault } from './vault/vault.js';

/** Detection and rehydration of texts that are not stored. */
@Injectable()
export class PiiService {
  constructor(
    private readonly accesses: WorkspaceAccesses,
    private readonly drafter: Drafter,
    private readonly keys: ChatKeys,
    private readonly masker: Masker,
    private readonly vault: Vault,
    private readonly rights: RevealRights,
  ) {}

  async detect(principal: Principal, { text, mapping, chatId, types }: DetectDto): Promise<DetectedDto> {
    const instructions = instructionsFromBody({ ...(mapping && { mapping }), auto: types ?? true });
    const access = chatId === undefined ? undefined : await this.accessToChat(principal, chatId);
    const draft = await this.drafter.draft(text, instructions, access);
    const placed =
      access && chatId !== undefined
        ? await this.masker.preview(draft, { workspaceId: access.workspaceId, chatId }, access.policy)
        : numberedAlone(recall(draft, new KnownNames()));
    return {
      redactedText: placed.text,
      mapping: Object.fromEntries(placed.mapping),
      positions: [...placed.positions],
    };
  }

  async rehydrate(
    { text, mapping, chatId }: RehydrateDto,
    reader: Reader & { readonly principal: Principal },
  ): Promise<{ text: string }> {
    const own = instructionsFromBody({ ...(mapping && { mapping }) }).mapping ?? new Map<string, string>();
    const values = new Map(own);
    if (chatId !== undefined) {
      const access = await this.accessToChat(reader.principal, chatId);
      await this.rights.require('rehydrate', access, chatId, reader);
      const wanted = [...typedNumbers(text)].filter((placeholder) => !own.has(placeholder));
      const scope = { workspaceId: access.workspaceId, chatId };
      for (const [placeholder, value] of await this.vault.reveal(scope, wanted, reader)) {
        values.set(placeholder, value);
      }
    }
    const rehydrated = rehydrateWritten(text, values);
    if (Buffer.byteLength(rehydrated) > MAX_REHYDRATED_BYTES) throw new CodedError('payload_too_large');
    return { text: rehydrated };
  }

  private async accessToChat(principal: Principal, chatId: string): Promise<WorkspaceAccess> {
    const workspaceId = await this.keys.workspaceOf(chatId);
    const access = workspaceId === undefined ? undefined : await this.accesses.find(principal, workspaceId);
    if (!access) throw new CodedError('chat_not_found');
    return access;
  }
}
