import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { KeepAnswer } from '../../auth/answer-keeper.js';
import type { Principal } from '../../auth/principal.js';
import { Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import { idOfCursor, type Page, toPage } from '../../edge/page.js';
import { isUuid } from '../../edge/uuid.js';
import { CodedError } from '../../errors/coded-error.js';
import { type WorkspaceAccess, WorkspaceAccesses } from '../../workspace/workspace-access.js';
import type { Reader, TypeCounts } from '../audit/audit-entry.js';
import { AuditStore } from '../audit/audit.store.js';
import { parsePlaceholder } from '../placeholder.js';
import { ChatKeys } from '../vault/chat-keys.js';
import { ValueSearch } from '../vault/value-search.js';
import { ChatEraser, type ChatErasure } from './chat-eraser.js';
import { ErasedEntryStore, type EntryName } from './erased-entry.store.js';
import type { EraseDto, ErasureDto } from './erasure.dto.js';
import { ErasureParticipants } from './erasure-participants.js';
import { ErasureStore } from './erasure.store.js';
import { createReceiptSigner, type ErasureKind, type ReceiptSigner } from './receipt.js';

type Eraser = Reader & { readonly principal: Principal };

/** Values to erase in one chat; undefined for all. */
interface Target {
  readonly chatId: string;
  readonly names: readonly EntryName[] | undefined;
}

const DAY_MS = 86_400_000;

/** Erasures and their receipts, for the owners of a workspace. */
@Injectable()
export class ErasuresService {
  private readonly signer: ReceiptSigner;

  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly accesses: WorkspaceAccesses,
    private readonly audit: AuditStore,
    private readonly search: ValueSearch,
    private readonly keys: ChatKeys,
    private readonly entries: ErasedEntryStore,
    private readonly participants: ErasureParticipants,
    private readonly eraser: ChatEraser,
    private readonly store: ErasureStore,
  ) {
    this.signer = createReceiptSigner(config.apiKeySecret);
  }

  /**
   * Chat by chat, each in a transaction of its own. An erasure that is cut off can be asked for again: what is gone stays
   * gone and stands in the audit, the receipt is for the rest.
   * @throws CodedError `validation_failed`, `forbidden`, `chat_not_found`
   */
  async erase(reader: Eraser, workspaceId: string, request: EraseDto, keepAnswer: KeepAnswer): Promise<ErasureDto> {
    const kind = kindOf(request);
    const access = await this.accesses.require(reader.principal, workspaceId);
    await this.requireOwner(reader, access);
    const done: ChatErasure[] = [];
    for await (const { chatId, names } of this.targets(kind, workspaceId, request)) {
      const erasure = await this.eraser.erase({ workspaceId, chatId }, names, 'erasure', reader);
      if (erasure) done.push(erasure);
    }
    // By value nobody knows which files hold it.
    if (kind !== 'value') await this.participants.eraseFiles(workspaceId, request);
    return this.certify(kind, workspaceId, done, reader, keepAnswer);
  }

  async list(principal: Principal, workspaceId: string, limit: number, cursor?: string): Promise<Page<ErasureDto>> {
    await this.requireReader(principal, workspaceId);
    return toPage(
      'erasures',
      await this.store.page(workspaceId, limit + 1, idOfCursor('erasures', cursor)),
      limit,
      (receipt) => receipt,
    );
  }

  async get(principal: Principal, workspaceId: string, id: string): Promise<ErasureDto> {
    await this.requireReader(principal, workspaceId);
    const receipt = isUuid(id) ? await this.store.find(workspaceId, id) : undefined;
    if (!receipt) throw new CodedError('not_found');
    return receipt;
  }

  private async requireOwner(reader: Eraser, access: WorkspaceAccess): Promise<void> {
    if (access.standing === 'owner') return;
    await this.audit.append(access.workspaceId, null, 'erasure_refused', {}, reader);
    throw new CodedError('forbidden');
  }

  private async requireReader(principal: Principal, workspaceId: string): Promise<void> {
    const { standing } = await this.accesses.require(principal, workspaceId);
    if (standing !== 'owner') throw new CodedError('forbidden');
  }

  private async *targets(kind: ErasureKind, workspaceId: string, request: EraseDto): AsyncGenerator<Target> {
    switch (kind) {
      case 'value':
        yield* this.byValue(workspaceId, request.type ?? '', request.value ?? '');
        return;
      case 'user':
        for await (const sent of this.participants.placeholdersSentBy(workspaceId, request.userId ?? '')) {
          yield { chatId: sent.chatId, names: namesOf(sent.placeholders) };
        }
        return;
      case 'chat':
        yield await this.wholeChat(workspaceId, request.chatId ?? '');
        return;
      case 'workspace':
        for (const chatId of await this.chatsOf(workspaceId)) yield { chatId, names: undefined };
    }
  }

  private async *byValue(workspaceId: string, type: string, value: string): AsyncGenerator<Target> {
    for await (const { chatId, placeholders } of this.search.findWithShortForms(workspaceId, type, value)) {
      yield { chatId, names: namesOf(placeholders) };
    }
  }

  private async wholeChat(workspaceId: string, chatId: string): Promise<Target> {
    if (!(await this.chatsOf(workspaceId)).includes(chatId)) throw new CodedError('chat_not_found');
    return { chatId, names: undefined };
  }

  /** Deleted ones too, where they left entries behind. */
  private async chatsOf(workspaceId: string): Promise<string[]> {
    const [withKey, withEntries] = await Promise.all([
      this.keys.chatsOf(workspaceId),
      this.entries.chatsWithEntries(workspaceId),
    ]);
    return [...new Set([...withKey, ...withEntries])];
  }

  private async certify(
    kind: ErasureKind,
    workspaceId: string,
    done: readonly ChatErasure[],
    reader: Eraser,
    keepAnswer: KeepAnswer,
  ): Promise<ErasureDto> {
    const now = Date.now();
    const receipt = {
      id: uuidv7(),
      workspaceId,
      kind,
      logicalAt: new Date(now).toISOString(),
      finalBy: new Date(now + this.config.erasureFinalDays * DAY_MS).toISOString(),
      counts: Object.fromEntries(done.map(({ chatId, counts }) => [chatId, counts])),
      kids: [...new Set(done.flatMap(({ kids }) => kids))].toSorted(),
    };
    const signed = { ...receipt, signature: this.signer.sign(receipt), publicKey: this.signer.publicKey };
    await this.database.transaction(async (transaction) => {
      await this.store.insert(transaction, signed);
      await this.audit.append(workspaceId, null, 'erasure', sum(done), reader, transaction);
      await keepAnswer(transaction, signed);
    });
    return signed;
  }
}

/** @throws CodedError `validation_failed` unless exactly one thing to erase is named */
function kindOf({ type, value, userId, chatId, workspace }: EraseDto): ErasureKind {
  const asked: ErasureKind[] = [
    ...(type !== undefined || value !== undefined ? (['value'] as const) : []),
    ...(userId !== undefined ? (['user'] as const) : []),
    ...(chatId !== undefined ? (['chat'] as const) : []),
    ...(workspace !== undefined ? (['workspace'] as const) : []),
  ];
  const [kind] = asked;
  if (!kind || asked.length > 1 || (kind === 'value' && (type === undefined || value === undefined))) {
    throw new CodedError('validation_failed', { fields: ['type', 'value', 'userId', 'chatId', 'workspace'] });
  }
  return kind;
}

const namesOf = (placeholders: readonly string[]): EntryName[] =>
  placeholders.map(parsePlaceholder).filter((name) => name !== undefined);

function sum(done: readonly ChatErasure[]): TypeCounts {
  const counts: Record<string, number> = {};
  for (const erasure of done) {
    for (const [type, count] of Object.entries(erasure.counts)) counts[type] = (counts[type] ?? 0) + count;
  }
  return counts;
}
