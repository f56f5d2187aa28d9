import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { ChatEventStore } from '../../src/chat/feed/chat-event.store.js';
import type { ChatFeed, Following } from '../../src/chat/feed/chat-feed.js';
import { Chat } from '../../src/chat/chat.entity.js';
import { ChatStore } from '../../src/chat/chat.store.js';
import { MessageStore, type NewMessage } from '../../src/chat/messages/message.store.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';
import { closedInTheEnd } from './leftovers.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';

/** The stores of the chat room over a real database, without the rest of the service. */
export interface ChatFixture {
  readonly database: TestDatabase;
  readonly chats: ChatStore;
  readonly events: ChatEventStore;
  readonly messages: MessageStore;
  /** A chat in a workspace of its own, with one member who writes. */
  newChat(): Promise<ChatOfFixture>;
  /** Follows a chat from where it is, as a session does. */
  follow(feed: ChatFeed, chat: ChatOfFixture): Promise<Following>;
  close(): Promise<void>;
}

export interface ChatOfFixture {
  readonly workspaceId: string;
  readonly chatId: string;
  readonly senderId: string;
  message(text: string, change?: Partial<NewMessage>): NewMessage;
}

export async function createChatFixture(poolSize = 4): Promise<ChatFixture> {
  const database = await createTestDatabase();
  const dataSource = new DataSource({ ...dataSourceOptions({ url: database.url, poolSize }), entities: [Chat] });
  await dataSource.initialize();
  const queries = new Database(dataSource);
  const chats = new ChatStore(dataSource.getRepository(Chat), queries);
  return {
    database,
    chats,
    events: new ChatEventStore(queries),
    messages: new MessageStore(queries),
    newChat: async () => {
      const [workspaceId, chatId, senderId] = [uuidv7(), uuidv7(), uuidv7()];
      await dataSource.query(
        `INSERT INTO workspaces (id, name, visibility, pii_policy, default_chat_id) VALUES ($1, 'w', 'private', '{}', $2)`,
        [workspaceId, chatId],
      );
      await dataSource.query(`INSERT INTO chats (workspace_id, id, title) VALUES ($1, $2, 'c')`, [workspaceId, chatId]);
      await dataSource.query(`INSERT INTO members (workspace_id, user_id, role) VALUES ($1, $2, 'member')`, [
        workspaceId,
        senderId,
      ]);
      const rest = { clientMessageId: null, replyTo: null, mentions: null, positions: [], keyVersion: null };
      const message = (text: string, change: Partial<NewMessage> = {}): NewMessage => {
        return { workspaceId, chatId, senderId, id: uuidv7(), text, ...rest, ...change };
      };
      return { workspaceId, chatId, senderId, message };
    },
    follow: async (feed, chat) => {
      const following = feed.follow(chat.workspaceId, chat.chatId);
      const [found] = await chats.lastSeqs([chat]);
      following.begin(found?.lastSeq ?? NaN);
      return following;
    },
    close: closedInTheEnd(async () => {
      await dataSource.destroy();
      await database.drop();
    }),
  };
}
