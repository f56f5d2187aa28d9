import { type BeforeApplicationShutdown, Logger, UseFilters, UseGuards } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayInit,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import type { Page } from '../../edge/page.js';
import { CodedError } from '../../errors/coded-error.js';
import { toCodedError } from '../../errors/to-coded-error.js';
import { Drafter } from '../../pii/drafter.js';
import { HistoryRehydrator } from '../../pii/history-rehydrator.js';
import { instructionsFromStrings } from '../../pii/instructions.js';
import { answerToSender, type SenderAnswer } from '../../pii/sender-answer.js';
import { success } from './ack.js';
import { AckErrorFilter } from './ack-error.filter.js';
import { Admission } from './admission.js';
import { drained } from './backpressure.js';
import { Broadcaster } from './broadcaster.js';
import { ChatFeed } from '../feed/chat-feed.js';
import { type ChatSession, requireSession } from './chat-session.js';
import type { ChatNamespace, ChatSocket } from './chat-socket.js';
import { type Caller, EventGate } from './event-gate.js';
import { forgetRequest } from './forget-request.js';
import { readHistoryRange } from '../messages/history-range.js';
import { MessageStringGuard } from './message-string.guard.js';
import type { MessageView } from '../messages/message-view.js';
import { MessagesService } from '../messages/messages.service.js';
import { SessionGuard } from './session.guard.js';
import { Sessions } from './sessions.js';
import { readEmpty, readHandshake, readHistoryGet, readMessageSend, readSessionRenew } from './socket-forms.js';
import { type Ack, type MessageEvent, NAMESPACE, type SessionInfo } from '../wire.js';

/** The chat on the socket. What each event means is in wire.ts; each handler only delegates. */
@WebSocketGateway({ namespace: NAMESPACE })
@UseFilters(AckErrorFilter)
export class ChatGateway implements OnGatewayInit<ChatNamespace>, BeforeApplicationShutdown {
  private readonly logger = new Logger(ChatGateway.name);

  constructor(
    private readonly gate: EventGate,
    private readonly admission: Admission,
    private readonly sessions: Sessions,
    private readonly feed: ChatFeed,
    private readonly broadcaster: Broadcaster,
    private readonly drafter: Drafter,
    private readonly messages: MessagesService,
    private readonly rehydrator: HistoryRehydrator,
  ) {}

  afterInit(namespace: ChatNamespace): void {
    this.sessions.serve(namespace);
    this.broadcaster.serve(namespace);
    this.feed.listen((events) => this.broadcaster.broadcast(events));
    // Guards never run on connect, and what is async there is overtaken by the first event: the connection string
    // is verified here, before the socket exists for anybody.
    namespace.use((socket, next) => void this.admission.admit(socket, next));
    namespace.on('connection', (socket) => void this.begin(socket));
  }

  private async begin(socket: ChatSocket): Promise<void> {
    const caller = this.gate.guard(socket);
    socket.on('disconnect', () => this.end(socket, caller));
    const { session } = socket.data;
    if (!session) return;
    const { lastSeq } = readHandshake(socket.handshake.auth);
    forgetRequest(socket);
    try {
      await this.sessions.join(socket, session, lastSeq);
    } catch (error) {
      const coded = toCodedError(error);
      if (coded.code === 'internal') this.logger.error('a session could not begin', { error, requestId: session.id });
      this.sessions.end(socket, { code: coded.code, reconnect: true });
    }
  }

  private end(socket: ChatSocket, caller: Caller): void {
    this.gate.forget(caller);
    this.sessions.leave(socket);
    // Left open, it would be good for nothing but another CONNECT.
    socket.conn.close();
  }

  @SubscribeMessage('chat:connect')
  async connect(@ConnectedSocket() socket: ChatSocket, @MessageBody() payload: unknown): Promise<Ack<SessionInfo>> {
    const handshake = readHandshake(payload);
    const session = await this.admission.open(socket, handshake);
    return success(await this.sessions.join(socket, session, handshake.lastSeq));
  }

  @SubscribeMessage('chat:disconnect')
  @UseGuards(SessionGuard)
  disconnect(
    @ConnectedSocket() socket: ChatSocket,
    @MessageBody() payload: unknown,
  ): Ack<Readonly<Record<string, never>>> {
    readEmpty(payload);
    this.sessions.leave(socket);
    return success({});
  }

  @SubscribeMessage('message:send')
  @UseGuards(SessionGuard, MessageStringGuard)
  async send(
    @ConnectedSocket() socket: ChatSocket,
    @MessageBody() payload: unknown,
  ): Promise<Ack<SenderAnswer<MessageView>>> {
    const session = requireSession(socket);
    const { message, clientMessageId, replyTo, mentions, ...instructions } = readMessageSend(payload);
    const draft = this.drafter.draft(message, instructionsFromStrings(instructions), session.access);
    const sending = {
      draft,
      clientMessageId,
      ...(replyTo !== undefined && { replyTo }),
      ...(mentions && { mentions }),
    };
    const { view, placed } = await this.messages.send(session.principal, session, sending, session.lane);
    return success(answerToSender(view, placed, await draft));
  }

  @SubscribeMessage('session:renew')
  @UseGuards(SessionGuard)
  async renew(@ConnectedSocket() socket: ChatSocket, @MessageBody() payload: unknown): Promise<Ack<SessionInfo>> {
    const connectionString = readSessionRenew(payload);
    const { chat, rehydrate } = requireSession(socket);
    const renewed = await this.admission.open(socket, { chatId: chat.chatId, connectionString, rehydrate });
    return success(this.sessions.renew(socket, renewed));
  }

  @SubscribeMessage('history:get')
  @UseGuards(SessionGuard)
  async history(
    @ConnectedSocket() socket: ChatSocket,
    @MessageBody() payload: unknown,
  ): Promise<Ack<Page<MessageEvent>>> {
    const session = requireSession(socket);
    return session.historyLane.turn(async () => {
      // Who asks and does not read must not make us read on for them.
      await drained(socket);
      if (requireSession(socket) !== session) throw new CodedError('session_required');
      return success(await this.readHistory(session, payload));
    });
  }

  /** Tells every client to come back elsewhere; what is under way is answered before the connections close. */
  async beforeApplicationShutdown(): Promise<void> {
    this.admission.close();
    await this.sessions.sayGoodbye();
    await this.gate.close();
    await this.sessions.letGo();
  }

  private async readHistory(session: ChatSession, payload: unknown): Promise<Page<MessageEvent>> {
    const { chatHistoryPiiMapping, ...range } = readHistoryGet(payload);
    const source = instructionsFromStrings({ chatHistoryPiiMapping }).history;
    const reader = { principal: session.principal, requestId: session.id };
    if (source !== undefined) await this.rehydrator.requireRight(source, session.access, session.chat.chatId, reader);
    const unread = this.messages.history(session, readHistoryRange(range));
    const page = source === undefined ? await unread.masked() : await this.rehydrator.read(unread, source, reader);
    return page.read();
  }
}
