import { UseFilters, UseGuards } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { Drafter } from '../../pii/drafter.js';
import { instructionsFromStrings } from '../../pii/instructions.js';
import { answerToSender, type SenderAnswer } from '../../pii/sender-answer.js';
import { success } from './ack.js';
import { AckErrorFilter } from './ack-error.filter.js';
import { type ChatSession, requireSession } from './chat-session.js';
import type { ChatSocket } from './chat-socket.js';
import { MessageChanges } from '../messages/message-changes.service.js';
import { MessageStringGuard } from './message-string.guard.js';
import type { EarlierText, MessageView } from '../messages/message-view.js';
import { SessionGuard } from './session.guard.js';
import {
  readEditsGet,
  readEmpty,
  readMessageDelete,
  readMessageEdit,
  readPinSet,
  readReactionSet,
} from './socket-forms.js';
import { type Ack, NAMESPACE } from '../wire.js';

const readerIn = ({ principal, id }: ChatSession) => ({ principal, requestId: id });

/** What happens to messages after they were sent. */
@WebSocketGateway({ namespace: NAMESPACE })
@UseFilters(AckErrorFilter)
export class MessageChangesGateway {
  constructor(
    private readonly changes: MessageChanges,
    private readonly drafter: Drafter,
  ) {}

  @SubscribeMessage('message:edit')
  @UseGuards(SessionGuard, MessageStringGuard)
  async edit(
    @ConnectedSocket() socket: ChatSocket,
    @MessageBody() payload: unknown,
  ): Promise<Ack<SenderAnswer<MessageView>>> {
    const session = requireSession(socket);
    const { messageId, message, clientMessageId, mentions, ...instructions } = readMessageEdit(payload);
    const draft = this.drafter.draft(message, instructionsFromStrings(instructions), session.access);
    const edit = { draft, ...(clientMessageId !== undefined && { clientMessageId }), ...(mentions && { mentions }) };
    const { view, placed } = await this.changes.edit(session.principal, session, messageId, edit);
    return success(answerToSender(view, placed, await draft));
  }

  @SubscribeMessage('message:delete')
  @UseGuards(SessionGuard, MessageStringGuard)
  async delete(@ConnectedSocket() socket: ChatSocket, @MessageBody() payload: unknown): Promise<Ack<MessageView>> {
    const session = requireSession(socket);
    const { messageId, clientMessageId } = readMessageDelete(payload);
    return success(await this.changes.delete(readerIn(session), session, messageId, clientMessageId));
  }

  @SubscribeMessage('reaction:set')
  @UseGuards(SessionGuard)
  async react(@ConnectedSocket() socket: ChatSocket, @MessageBody() payload: unknown): Promise<Ack<MessageView>> {
    const session = requireSession(socket);
    const { messageId, reaction, on } = readReactionSet(payload);
    return success(await this.changes.react(session.principal, session, messageId, reaction, on));
  }

  @SubscribeMessage('pin:set')
  @UseGuards(SessionGuard)
  async pin(@ConnectedSocket() socket: ChatSocket, @MessageBody() payload: unknown): Promise<Ack<MessageView>> {
    const session = requireSession(socket);
    const { messageId, pinned } = readPinSet(payload);
    return success(await this.changes.pin(session.principal, session, messageId, pinned));
  }

  @SubscribeMessage('pins:get')
  @UseGuards(SessionGuard)
  async pins(@ConnectedSocket() socket: ChatSocket, @MessageBody() payload: unknown): Promise<Ack<MessageView[]>> {
    const session = requireSession(socket);
    readEmpty(payload);
    return success(await this.changes.pinned(session));
  }

  @SubscribeMessage('edits:get')
  @UseGuards(SessionGuard)
  async edits(@ConnectedSocket() socket: ChatSocket, @MessageBody() payload: unknown): Promise<Ack<EarlierText[]>> {
    const session = requireSession(socket);
    return success(await this.changes.edits(session, readEditsGet(payload)));
  }
}
