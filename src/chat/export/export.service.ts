import { Injectable, Logger } from '@nestjs/common';
import type { Principal } from '../../auth/principal.js';
import { isUuid } from '../../edge/uuid.js';
import { CodedError } from '../../errors/coded-error.js';
import type { Reader } from '../../pii/audit/audit-entry.js';
import { AuditStore } from '../../pii/audit/audit.store.js';
import { RevealRights } from '../../pii/audit/reveal-rights.js';
import { rehydrate } from '../../pii/rehydrate.js';
import { ValueSearch } from '../../pii/vault/value-search.js';
import { Vault } from '../../pii/vault/vault.js';
import { mayAdminister } from '../../workspace/role.js';
import { type WorkspaceAccess, WorkspaceAccesses } from '../../workspace/workspace-access.js';
import { type ExportedLine, type ExportedMessage, type ExportPoint, ExportStore } from './export.store.js';

type ExportReader = Reader & { readonly principal: Principal };

const PAGE = 500;
const START: ExportPoint = { chatId: '00000000-0000-0000-0000-000000000000', seq: 0 };

/** Writes out what a workspace holds, line by line. One page is in memory at a time, however much there is. */
@Injectable()
export class ExportService {
  private readonly logger = new Logger(ExportService.name);

  constructor(
    private readonly accesses: WorkspaceAccesses,
    private readonly rights: RevealRights,
    private readonly audit: AuditStore,
    private readonly store: ExportStore,
    private readonly vault: Vault,
    private readonly search: ValueSearch,
  ) {}

  /**
   * All messages of a workspace. After each page a line `{"cursor": …}` says where a cut export can go on; the last line
   * is `{"cursor": null}`.
   */
  async workspace(
    reader: ExportReader,
    workspaceId: string,
    withOriginals: boolean,
    cursor?: string,
  ): Promise<AsyncGenerator<string>> {
    const from = readCursor(cursor);
    await this.authorize(reader, workspaceId, withOriginals);
    return this.watched(this.lines(reader, workspaceId, withOriginals, from), reader);
  }

  /** All messages that show a person's value, with it put back: what a data subject may ask for. */
  async subject(
    reader: ExportReader,
    workspaceId: string,
    type: string,
    value: string,
  ): Promise<AsyncGenerator<string>> {
    await this.authorize(reader, workspaceId, true);
    return this.watched(this.subjectLines(reader, workspaceId, type, value), reader);
  }

  private async authorize(reader: ExportReader, workspaceId: string, withOriginals: boolean): Promise<WorkspaceAccess> {
    const access = await this.accesses.require(reader.principal, workspaceId);
    if (!mayAdminister(access.standing)) {
      await this.audit.append(workspaceId, null, 'export_refused', {}, reader);
      throw new CodedError('forbidden');
    }
    if (withOriginals) await this.rights.require('export', access, null, reader);
    await this.audit.append(workspaceId, null, 'export', {}, reader);
    return access;
  }

  /** What fails before the first line is answered by its code. Later the answer is cut, and the log alone can say why. */
  private async *watched(lines: AsyncGenerator<string>, { requestId }: ExportReader): AsyncGenerator<string> {
    let begun = false;
    const next = async (): Promise<IteratorResult<string>> => {
      try {
        return await lines.next();
      } catch (error) {
        if (begun) this.logger.error('an export broke off', { error, requestId });
        throw error;
      }
    };
    for (let line = await next(); !line.done; line = await next()) {
      begun = true;
      yield line.value;
    }
  }

  private async *lines(reader: ExportReader, workspaceId: string, withOriginals: boolean, from: ExportPoint) {
    let point = from;
    for (;;) {
      const page = await this.store.page(workspaceId, point, PAGE);
      const last = page.at(-1);
      if (!last) break;
      yield* withOriginals ? this.rehydrated(reader, workspaceId, page) : page.map(({ json }) => `${json}\n`);
      point = last;
      if (page.length < PAGE) break;
      yield line({ cursor: writeCursor(point) });
    }
    yield line({ cursor: null });
  }

  private async *subjectLines(reader: ExportReader, workspaceId: string, type: string, value: string) {
    for await (const { chatId, placeholders } of this.search.find(workspaceId, type, value)) {
      const values = new Map(placeholders.map((placeholder) => [placeholder, value]));
      let point: ExportPoint = { chatId, seq: 0 };
      for (;;) {
        const page = await this.store.showing(workspaceId, point, placeholders, PAGE);
        for (const found of page) yield line(withOriginals(messageOf(found), values));
        const last = page.at(-1);
        if (!last || page.length < PAGE) break;
        point = last;
      }
    }
    yield line({ cursor: null });
  }

  /** One reading of the vault, and one audit entry, for each chat of a page. */
  private async *rehydrated(reader: ExportReader, workspaceId: string, page: readonly ExportedLine[]) {
    for (const [chatId, lines] of byChat(page)) {
      const messages = lines.map(messageOf);
      const placeholders = messages
        .flatMap((message) => [message, ...(message.edits ?? [])])
        .flatMap(({ positions }) => positions.map(({ placeholder }) => placeholder));
      const scope = { workspaceId, chatId };
      const values = placeholders.length === 0 ? NONE : await this.vault.reveal(scope, placeholders, reader, 'export');
      for (const message of messages) yield line(withOriginals(message, values));
    }
  }
}

const messageOf = ({ json }: ExportedLine): ExportedMessage => JSON.parse(json) as ExportedMessage;

/** Present and earlier texts, each with what was said beside the masked form. */
const withOriginals = ({ edits, ...view }: ExportedMessage, values: ReadonlyMap<string, string>) => ({
  ...view,
  message: rehydrate(view, values),
  ...(edits && { edits: edits.map((edit) => ({ ...edit, message: rehydrate(edit, values) })) }),
});

function byChat(page: readonly ExportedLine[]): Map<string, ExportedLine[]> {
  const chats = new Map<string, ExportedLine[]>();
  for (const found of page) {
    const lines = chats.get(found.chatId);
    if (lines) lines.push(found);
    else chats.set(found.chatId, [found]);
  }
  return chats;
}

const NONE: ReadonlyMap<string, string> = new Map();

const line = (value: unknown): string => `${JSON.stringify(value)}\n`;

const writeCursor = ({ chatId, seq }: ExportPoint): string => Buffer.from(`${chatId}/${seq}`).toString('base64url');

function readCursor(cursor: string | undefined): ExportPoint {
  if (cursor === undefined) return START;
  const [chatId, seq = ''] = Buffer.from(cursor, 'base64url').toString('latin1').split('/');
  if (!isUuid(chatId) || !/^[0-9]{1,16}$/.test(seq)) throw new CodedError('invalid_cursor');
  return { chatId, seq: Number(seq) };
}
