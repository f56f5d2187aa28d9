import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, IsNull, MoreThan, Repository } from 'typeorm';
import { Database } from '../database/database.js';
import { storing } from '../database/database-error.js';
import { Chat } from './chat.entity.js';

/** A chat as every call needs it. */
export interface ChatRecord {
  readonly workspaceId: string;
  readonly chatId: string;
  readonly title: string;
}

const LAST_SEQS = {
  name: 'chat_last_seqs',
  text: `SELECT c.id AS "chatId", c.last_seq::float8 AS "lastSeq" FROM unnest($1::uuid[], $2::uuid[]) AS q (workspace_id, id)
           JOIN chats c ON c.workspace_id = q.workspace_id AND c.id = q.id AND c.deleted_at IS NULL`,
};
const EXISTING = {
  name: 'chat_existing',
  text: 'SELECT id FROM chats WHERE id = ANY ($1::uuid[]) AND deleted_at IS NULL',
};

@Injectable()
export class ChatStore {
  constructor(
    @InjectRepository(Chat) private readonly chats: Repository<Chat>,
    private readonly database: Database,
  ) {}

  transaction<T>(work: (transaction: EntityManager) => Promise<T>): Promise<T> {
    return storing(this.chats.manager.transaction(work));
  }

  async insert(transaction: EntityManager, chat: Pick<Chat, 'workspaceId' | 'id' | 'title'>): Promise<Chat> {
    const row = transaction.create(Chat, { ...chat, deletedAt: null });
    await transaction.insert(Chat, row);
    // The insert brings the default back as PostgreSQL writes a bigint.
    return Object.assign(row, { lastSeq: 0 });
  }

  /** How far each of many chats is. */
  async lastSeqs(
    chats: readonly { readonly workspaceId: string; readonly chatId: string }[],
  ): Promise<{ chatId: string; lastSeq: number }[]> {
    const [workspaceIds, ids] = [chats.map(({ workspaceId }) => workspaceId), chats.map(({ chatId }) => chatId)];
    return this.database.query(LAST_SEQS, [workspaceIds, ids]);
  }

  /** Those of the chats that are still there. */
  async existing(ids: readonly string[]): Promise<Set<string>> {
    return new Set((await this.database.query<{ id: string }>(EXISTING, [ids])).map(({ id }) => id));
  }

  async get(workspaceId: string, id: string): Promise<Chat | undefined> {
    return (await storing(this.chats.findOneBy({ workspaceId, id, deletedAt: IsNull() }))) ?? undefined;
  }

  /** Chats of a workspace in order of creation, after the chat `after`. */
  async ofWorkspace(workspaceId: string, limit: number, after?: string): Promise<Chat[]> {
    return storing(
      this.chats.find({
        where: { workspaceId, deletedAt: IsNull(), ...(after && { id: MoreThan(after) }) },
        order: { id: 'ASC' },
        take: limit,
      }),
    );
  }

  async rename(workspaceId: string, id: string, title: string): Promise<void> {
    await storing(this.chats.update({ workspaceId, id, deletedAt: IsNull() }, { title }));
  }

  /** Marks one chat deleted, or all of a workspace. */
  async markDeleted(transaction: EntityManager, workspaceId: string, id?: string): Promise<void> {
    await transaction.update(Chat, { workspaceId, ...(id && { id }), deletedAt: IsNull() }, { deletedAt: new Date() });
  }
}
