import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthModule } from '../auth/auth.module.js';
import { PiiModule } from '../pii/pii.module.js';
import { WorkspaceModule } from '../workspace/workspace.module.js';
import { AttachmentScanner } from './attachments/attachment-scan.js';
import { AttachmentStore } from './attachments/attachment.store.js';
import { AttachmentSweep } from './attachments/attachment-sweep.js';
import { AttachmentsController } from './attachments/attachments.controller.js';
import { AttachmentsGateway } from './attachments/attachments.gateway.js';
import { Attachments } from './attachments/attachments.service.js';
import { ObjectStore } from './attachments/object-store.js';
import { AckErrorFilter } from './socket/ack-error.filter.js';
import { Admission } from './socket/admission.js';
import { AttentionGateway } from './attention/attention.gateway.js';
import { Broadcaster } from './socket/broadcaster.js';
import { ChatAccesses } from './chat-access.js';
import { ChatAccessStore } from './chat-access.store.js';
import { ChatAccessGuard } from './chat-access.guard.js';
import { ChatEventStore } from './feed/chat-event.store.js';
import { ChatFeed } from './feed/chat-feed.js';
import { ChatPiiController } from './originals/chat-pii.controller.js';
import { ChatPiiService } from './originals/chat-pii.service.js';
import { Chat } from './chat.entity.js';
import { ChatGateway } from './socket/chat.gateway.js';
import { ChatStore } from './chat.store.js';
import { ChatsController } from './chats.controller.js';
import { ChatsService } from './chats.service.js';
import { ConnectionStrings } from './connection-strings.js';
import { EntranceStore } from './socket/entrance.store.js';
import { ErasureNotices } from './socket/erasure-notices.js';
import { EventDispatch } from './socket/event-dispatch.js';
import { EventGate } from './socket/event-gate.js';
import { ExportController } from './export/export.controller.js';
import { ExportService } from './export/export.service.js';
import { ExportStore } from './export/export.store.js';
import { FeedHints } from './feed/feed-hints.js';
import { Mentions } from './messages/mentions.js';
import { MessageChangeStore } from './messages/message-change.store.js';
import { MessageChangesController } from './messages/message-changes.controller.js';
import { MessageChangesGateway } from './socket/message-changes.gateway.js';
import { MessageChanges } from './messages/message-changes.service.js';
import { MessageRemoval } from './messages/message-removal.js';
import { MessageStringGuard } from './socket/message-string.guard.js';
import { MessageStore } from './messages/message.store.js';
import { MessageWriter } from './messages/message-writer.js';
import { MessagesController } from './messages/messages.controller.js';
import { MessagesService } from './messages/messages.service.js';
import { PinsController } from './messages/pins.controller.js';
import { PlaceholderUseStore } from './messages/placeholder-use.store.js';
import { NodeId } from './node-id.js';
import { PresenceController } from './presence/presence.controller.js';
import { Presence } from './presence/presence.js';
import { PresenceGateway } from './presence/presence.gateway.js';
import { PresenceStore } from './presence/presence.store.js';
import { ReadMarkStore } from './attention/read-mark.store.js';
import { ReadMarksController } from './attention/read-marks.controller.js';
import { ReadMarks } from './attention/read-marks.service.js';
import { Retention } from './retention/retention.js';
import { RetentionStore } from './retention/retention.store.js';
import { SearchController } from './search/search.controller.js';
import { SearchService } from './search/search.service.js';
import { SearchStore } from './search/search.store.js';
import { SessionRegister } from './sessions/session-register.js';
import { SessionStore } from './sessions/session.store.js';
import { UserSessionsController } from './sessions/user-sessions.controller.js';
import { UserSessions } from './sessions/user-sessions.service.js';
import { SessionGuard } from './socket/session.guard.js';
import { SessionOpener } from './socket/session-opener.js';
import { SessionWatch } from './socket/session-watch.js';
import { SocketQuota } from './socket/socket-quota.js';
import { Sessions } from './socket/sessions.js';
import { Signals } from './attention/signals.js';
import { TypingController } from './attention/typing.controller.js';
import { Typing } from './attention/typing.js';

/** Chats and messages, over REST and the socket, from the edge to the table and back out to the readers. */
@Module({
  imports: [DiscoveryModule, AuthModule, WorkspaceModule, PiiModule, TypeOrmModule.forFeature([Chat])],
  controllers: [
    ChatsController,
    MessagesController,
    AttachmentsController,
    ChatPiiController,
    ExportController,
    MessageChangesController,
    PinsController,
    PresenceController,
    ReadMarksController,
    SearchController,
    TypingController,
    UserSessionsController,
  ],
  providers: [
    AckErrorFilter,
    Admission,
    Attachments,
    AttachmentScanner,
    AttachmentsGateway,
    AttachmentStore,
    AttachmentSweep,
    AttentionGateway,
    Broadcaster,
    ChatAccesses,
    ChatAccessGuard,
    ChatAccessStore,
    ChatEventStore,
    ChatFeed,
    ChatGateway,
    ChatPiiService,
    ChatsService,
    ChatStore,
    ConnectionStrings,
    EntranceStore,
    ErasureNotices,
    ExportService,
    ExportStore,
    EventDispatch,
    EventGate,
    FeedHints,
    Mentions,
    MessageChanges,
    MessageChangesGateway,
    MessageChangeStore,
    MessagesService,
    MessageStore,
    MessageRemoval,
    MessageStringGuard,
    MessageWriter,
    NodeId,
    ObjectStore,
    PlaceholderUseStore,
    Presence,
    PresenceGateway,
    PresenceStore,
    ReadMarks,
    ReadMarkStore,
    Retention,
    RetentionStore,
    SearchService,
    SearchStore,
    SessionGuard,
    SessionOpener,
    SessionRegister,
    Sessions,
    SessionStore,
    SessionWatch,
    SocketQuota,
    Signals,
    Typing,
    UserSessions,
  ],
  exports: [ChatAccesses, SessionStore],
})
export class ChatModule {}
