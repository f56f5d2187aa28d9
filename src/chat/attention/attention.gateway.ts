import { UseFilters, UseGuards } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayInit,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { success } from '../socket/ack.js';
import { AckErrorFilter } from '../socket/ack-error.filter.js';
import { requireSession } from '../socket/chat-session.js';
import type { ChatNamespace, ChatSocket } from '../socket/chat-socket.js';
import { ReadMarks } from './read-marks.service.js';
import { SessionGuard } from '../socket/session.guard.js';
import { Signals } from './signals.js';
import { readEmpty, readReadSet, readTypingSet } from '../socket/socket-forms.js';
import { Typing } from './typing.js';
import { type Ack, NAMESPACE, type ReadMark, type ReadState } from '../wire.js';

/** What readers are doing at the moment: typing, reading. */
@WebSocketGateway({ namespace: NAMESPACE })
@UseFilters(AckErrorFilter)
export class AttentionGateway implements OnGatewayInit<ChatNamespace> {
  constructor(
    private readonly signals: Signals,
    private readonly typing: Typing,
    private readonly readMarks: ReadMarks,
  ) {}

  afterInit(namespace: ChatNamespace): void {
    this.signals.serve(namespace);
  }

  @SubscribeMessage('typing:set')
  @UseGuards(SessionGuard)
  setTyping(
    @ConnectedSocket() socket: ChatSocket,
    @MessageBody() payload: unknown,
  ): Ack<Readonly<Record<string, never>>> {
    const session = requireSession(socket);
    this.typing.set(session.principal, session, readTypingSet(payload), socket.id);
    return success({});
  }

  @SubscribeMessage('read:set')
  @UseGuards(SessionGuard)
  async setRead(@ConnectedSocket() socket: ChatSocket, @MessageBody() payload: unknown): Promise<Ack<ReadMark>> {
    const session = requireSession(socket);
    return success(await this.readMarks.set(session.principal, session, readReadSet(payload)));
  }

  @SubscribeMessage('read:get')
  @UseGuards(SessionGuard)
  async getRead(@ConnectedSocket() socket: ChatSocket, @MessageBody() payload: unknown): Promise<Ack<ReadState>> {
    const session = requireSession(socket);
    readEmpty(payload);
    return success(await this.readMarks.get(session.principal, session));
  }
}
