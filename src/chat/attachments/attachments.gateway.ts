import { UseFilters, UseGuards } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { maskedReason } from '../../pii/audit/reader.js';
import type { MessageView } from '../messages/message-view.js';
import { success } from '../socket/ack.js';
import { AckErrorFilter } from '../socket/ack-error.filter.js';
import { requireSession } from '../socket/chat-session.js';
import type { ChatSocket } from '../socket/chat-socket.js';
import { MessageStringGuard } from '../socket/message-string.guard.js';
import { SessionGuard } from '../socket/session.guard.js';
import { readAttachmentAdd, readAttachmentFinish, readAttachmentGet } from '../socket/socket-forms.js';
import { type Ack, type AddedAttachment, type AttachmentDownload, NAMESPACE } from '../wire.js';
import { Attachments } from './attachments.service.js';

@WebSocketGateway({ namespace: NAMESPACE })
@UseFilters(AckErrorFilter)
export class AttachmentsGateway {
  constructor(private readonly attachments: Attachments) {}

  @SubscribeMessage('attachment:add')
  @UseGuards(SessionGuard, MessageStringGuard)
  async add(@ConnectedSocket() socket: ChatSocket, @MessageBody() payload: unknown): Promise<Ack<AddedAttachment>> {
    const session = requireSession(socket);
    const { messageId, form } = readAttachmentAdd(payload);
    return success(await this.attachments.add(session.principal, session, messageId, form));
  }

  @SubscribeMessage('attachment:finish')
  @UseGuards(SessionGuard)
  async finish(@ConnectedSocket() socket: ChatSocket, @MessageBody() payload: unknown): Promise<Ack<MessageView>> {
    const session = requireSession(socket);
    const { messageId, attachmentId } = readAttachmentFinish(payload);
    return success(await this.attachments.finish(session.principal, session, messageId, attachmentId));
  }

  @SubscribeMessage('attachment:get')
  @UseGuards(SessionGuard)
  async get(@ConnectedSocket() socket: ChatSocket, @MessageBody() payload: unknown): Promise<Ack<AttachmentDownload>> {
    const session = requireSession(socket);
    const { messageId, attachmentId, accessReason } = readAttachmentGet(payload);
    const { principal, id: requestId } = session;
    const reader = { principal, requestId, ...maskedReason(accessReason, { fields: ['accessReason'] }) };
    return success(await this.attachments.get(reader, session, messageId, attachmentId));
  }
}
