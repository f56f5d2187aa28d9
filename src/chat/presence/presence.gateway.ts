import { UseFilters, UseGuards } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { Page } from '../../edge/page.js';
import { success } from '../socket/ack.js';
import { AckErrorFilter } from '../socket/ack-error.filter.js';
import { requireSession } from '../socket/chat-session.js';
import type { ChatSocket } from '../socket/chat-socket.js';
import { SessionGuard } from '../socket/session.guard.js';
import { readPresenceGet } from '../socket/socket-forms.js';
import { type Ack, type MemberPresence, NAMESPACE } from '../wire.js';
import { Presence } from './presence.js';

@WebSocketGateway({ namespace: NAMESPACE })
@UseFilters(AckErrorFilter)
export class PresenceGateway {
  constructor(private readonly presence: Presence) {}

  @SubscribeMessage('presence:get')
  @UseGuards(SessionGuard)
  async list(
    @ConnectedSocket() socket: ChatSocket,
    @MessageBody() payload: unknown,
  ): Promise<Ack<Page<MemberPresence>>> {
    const session = requireSession(socket);
    const { limit, cursor } = readPresenceGet(payload);
    return success(await this.presence.list(session, limit, cursor));
  }
}
