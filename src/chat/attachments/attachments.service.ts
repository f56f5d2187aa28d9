import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type KeepAnswer, keepNothing } from '../../auth/answer-keeper.js';
import { isGuest, type Principal } from '../../auth/principal.js';
import { newUuid } from '../../edge/uuid.js';
import { CodedError } from '../../errors/coded-error.js';
import { analyze } from '../../pii/analyzer.js';
import type { Reader, TypeCounts } from '../../pii/audit/audit-entry.js';
import { AuditStore } from '../../pii/audit/audit.store.js';
import { RevealRights } from '../../pii/audit/reveal-rights.js';
import { maskForGood } from '../../pii/mask-for-good.js';
import { mayPost } from '../../workspace/role.js';
import type { ChatAccess } from '../chat-access.js';
import { ChatFeed } from '../feed/chat-feed.js';
import { MessageChangeStore } from '../messages/message-change.store.js';
import { byAuthor } from '../messages/message-changes.service.js';
import type { AttachmentScan, MessageView } from '../messages/message-view.js';
import type { AddedAttachment, AttachmentDownload } from '../wire.js';
import type { AttachmentForm } from './attachment-form.js';
import { type AttachmentKey, type AttachmentRow, AttachmentStore } from './attachment.store.js';
import { AttachmentScanner, isText } from './attachment-scan.js';
import { ObjectStore } from './object-store.js';

/** Attachments that one message may have. */
const MOST = 10;
/** Text that is looked through. */
const MAX_TEXT_BYTES = 1024 * 1024;

type AttachmentReader = Reader & { readonly principal: Principal };

/**
 * Files that belong to messages. Only what they are called, and what they are, is known here: whoever adds one uploads it to
 * the object store, says so, and from then on it is shown on its message, an event with a sequence like every change. Text is
 * looked through before that. A file lives as long as its message.
 */
@Injectable()
export class Attachments {
  constructor(
    private readonly store: AttachmentStore,
    private readonly objects: ObjectStore,
    private readonly scanner: AttachmentScanner,
    private readonly changes: MessageChangeStore,
    private readonly feed: ChatFeed,
    private readonly rights: RevealRights,
    private readonly audit: AuditStore,
  ) {}

  /**
   * For the author of the message. The name is masked for good.
   * @throws CodedError `attachments_off`, `forbidden`, `message_not_found`, `payload_too_large`, `conflict`; `masking_required`
   *   for what cannot be looked through in a workspace that demands it
   */
  async add(
    principal: Principal,
    current: ChatAccess,
    messageId: string,
    form: AttachmentForm,
    keepAnswer: KeepAnswer = keepNothing,
  ): Promise<AddedAttachment> {
    if (form.size > (isText(form.type) ? Math.min(MAX_TEXT_BYTES, this.objects.maxBytes) : this.objects.maxBytes)) {
      throw new CodedError('payload_too_large');
    }
    const key = keyOf(current, messageId, newUuid());
    await this.changes.check(targetOf(principal, current, key), byAuthor(principal));
    if (current.access.policy.mode === 'required' && !isText(form.type)) throw new CodedError('masking_required');
    const attachment = { ...form, ...key, name: maskForGood(form.name, analyze(form.name)), userId: principal.userId };
    const added = { id: key.id, name: attachment.name, upload: this.objects.upload(objectOf(key), form) };
    const isAdded = await this.store.add(attachment, MOST, (transaction) => keepAnswer(transaction, added));
    if (!isAdded) throw new CodedError('conflict', { reason: 'too_many_attachments' });
    return added;
  }

  /**
   * Once it is uploaded. To finish again changes nothing.
   * @throws CodedError `attachment_not_found`, `attachment_not_uploaded`; `masking_required` where it holds personal data or
   *   is no text and the workspace allows none, and the file is gone then
   */
  async finish(principal: Principal, current: ChatAccess, messageId: string, id: string): Promise<MessageView> {
    const key = keyOf(current, messageId, id);
    const target = targetOf(principal, current, key);
    const attachment = await this.find(key);
    if (attachment.userId !== principal.userId) throw new CodedError('attachment_not_found');
    const findings = attachment.scan ? undefined : await this.look(key, attachment, current);
    const { message, event } = await this.changes.change(
      target,
      'updated',
      byAuthor(principal),
      async (transaction, _key, seq) => {
        if (!(await this.store.finish(transaction, key, seq, scanOf(findings), findings))) {
          throw new CodedError('attachment_not_found');
        }
      },
    );
    if (event) this.feed.publish([event]);
    return message;
  }

  /**
   * An address to download from. What holds personal data is for its author and those who may see originals, audited; what
   * was not looked through is for members.
   * @throws CodedError `attachment_not_found`, `pii_access_required`, `access_reason_required`, `forbidden`
   */
  async get(reader: AttachmentReader, current: ChatAccess, messageId: string, id: string): Promise<AttachmentDownload> {
    const key = keyOf(current, messageId, id);
    const { userId, scan, findings, name } = await this.find(key);
    if (!scan) throw new CodedError('attachment_not_found');
    const isOwn = userId === reader.principal.userId;
    if (scan === 'none' && current.access.standing === 'visitor') throw new CodedError('forbidden');
    if (scan === 'found' && !isOwn) {
      await this.rights.require('reveal', current.access, key.chatId, reader);
      await this.audit.append(key.workspaceId, key.chatId, 'reveal', findings ?? {}, reader);
    }
    const { url, expiresAt } = this.objects.download(objectOf(key), name);
    return { url, expiresAt };
  }

  /** @returns what was found; undefined where nothing is looked for, or there is no text to look at, whatever it is called */
  private async look(
    key: AttachmentKey,
    { size, type, sha256 }: AttachmentRow,
    { access }: ChatAccess,
  ): Promise<TypeCounts | undefined> {
    const object = objectOf(key);
    if ((await this.objects.size(object)) !== size) throw new CodedError('attachment_not_uploaded');
    if (!isText(type) || access.policy.mode === 'off') return undefined;
    const content = await this.objects.read(object);
    // The store was told the hash as well; whether it looked is not for us to believe.
    if (!content || createHash('sha256').update(content).digest('hex') !== sha256) {
      throw new CodedError('attachment_not_uploaded');
    }
    const findings = await this.scanner.scan(content, access);
    if (access.policy.mode === 'required' && scanOf(findings) !== 'clean') {
      await this.store.remove(key);
      throw new CodedError('masking_required');
    }
    return findings;
  }

  private async find(key: AttachmentKey): Promise<AttachmentRow> {
    if (!this.objects.isOn) throw new CodedError('attachments_off');
    const found = await this.store.find(key);
    if (!found) throw new CodedError('attachment_not_found');
    return found;
  }
}

function scanOf(findings: TypeCounts | undefined): AttachmentScan {
  if (!findings) return 'none';
  return Object.keys(findings).length > 0 ? 'found' : 'clean';
}

/** Guests share one id, and have no message of their own. */
function targetOf(principal: Principal, { access }: ChatAccess, { id, ...key }: AttachmentKey) {
  if (isGuest(principal) || !mayPost(access.standing) || access.standing === 'visitor')
    throw new CodedError('forbidden');
  return { ...key, actorId: principal.userId, clientChangeId: id };
}

const keyOf = ({ chat }: ChatAccess, messageId: string, id: string): AttachmentKey => ({
  workspaceId: chat.workspaceId,
  chatId: chat.chatId,
  messageId,
  id,
});

/** Where a file lies: ids alone. */
export const objectOf = ({ workspaceId, chatId, id }: AttachmentKey): string => `${workspaceId}/${chatId}/${id}`;
