import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { DataSource, EntitySchema } from 'typeorm';
import { prepare } from './bare-store.mjs';

/* The way of the tutorials: a gateway that saves with the repository, in a transaction. Decorators are applied by hand. */
const Chat = new EntitySchema({
  name: 'Chat',
  tableName: 'bare_chats',
  columns: { id: { type: 'text', primary: true }, lastSeq: { name: 'last_seq', type: 'bigint' } },
});
const Message = new EntitySchema({
  name: 'Message',
  tableName: 'bare_messages',
  columns: {
    chatId: { name: 'chat_id', type: 'text', primary: true },
    seq: { type: 'bigint', primary: true },
    sender: { type: 'text' },
    clientId: { name: 'client_id', type: 'text' },
    text: { type: 'text' },
    createdAt: { name: 'created_at', type: 'timestamptz', createDate: true },
  },
});

await prepare();
const database = await new DataSource({
  type: 'postgres',
  url: process.env.DATABASE_URL,
  entities: [Chat, Message],
  poolSize: 10,
  extra: { idleTimeoutMillis: 0 },
}).initialize();

class ChatGateway {
  handleConnection(socket) {
    void socket.join(socket.handshake.auth.chatId);
    socket.emit('session', {});
  }

  async send(socket, { message, clientMessageId }) {
    const { chatId } = socket.handshake.auth;
    const saved = await database.transaction(async (manager) => {
      const chat = await manager.findOne(Chat, { where: { id: chatId }, lock: { mode: 'pessimistic_write' } });
      chat.lastSeq = Number(chat.lastSeq) + 1;
      await manager.save(Chat, chat);
      return manager.save(Message, {
        chatId,
        seq: chat.lastSeq,
        sender: socket.id,
        clientId: clientMessageId,
        text: message,
      });
    });
    const view = {
      chatId,
      seq: saved.seq,
      senderId: socket.id,
      clientMessageId,
      createdAt: saved.createdAt,
      text: message,
    };
    socket.nsp.to(chatId).emit('message:created', view);
    return { ok: true, data: view };
  }
}
const decorate = (decorators, name) =>
  Reflect.decorate(
    decorators,
    ChatGateway.prototype,
    name,
    Object.getOwnPropertyDescriptor(ChatGateway.prototype, name),
  );
ConnectedSocket()(ChatGateway.prototype, 'send', 0);
MessageBody()(ChatGateway.prototype, 'send', 1);
Object.defineProperty(ChatGateway.prototype, 'send', decorate([SubscribeMessage('message:send')], 'send'));
WebSocketGateway({ namespace: '/connect', transports: ['websocket'] })(ChatGateway);

class AppModule {}
Module({ providers: [ChatGateway] })(AppModule);
const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false });
app.useWebSocketAdapter(new IoAdapter(app));
await app.listen(0, '127.0.0.1');
console.log(JSON.stringify({ port: app.getHttpServer().address().port }));
process.on('SIGTERM', () => process.exit(0));
