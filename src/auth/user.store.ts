import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { CodedError } from '../errors/coded-error.js';
import { Database } from '../database/database.js';
import { isUniqueViolation, storing } from '../database/database-error.js';
import { User } from './user.entity.js';

const END_SESSIONS = {
  name: 'user_end_sessions',
  text: `UPDATE users SET sessions_ended_at = greatest(sessions_ended_at, to_timestamp($2)) WHERE id = $1 RETURNING id`,
};

@Injectable()
export class UserStore {
  constructor(
    @InjectRepository(User) private readonly users: Repository<User>,
    private readonly database: Database,
  ) {}

  transaction<T>(work: (transaction: EntityManager) => Promise<T>): Promise<T> {
    return storing(this.users.manager.transaction(work));
  }

  /** @throws CodedError `conflict` when another user has the external id */
  async create(displayName: string, externalId?: string, transaction = this.users.manager): Promise<User> {
    const user = transaction.create(User, {
      id: uuidv7(),
      displayName,
      externalId: externalId ?? null,
      sessionsEndedAt: null,
    });
    try {
      await storing(transaction.insert(User, user));
    } catch (error) {
      if (isUniqueViolation(error, 'users_external_id_key'))
        throw new CodedError('conflict', { fields: ['externalId'] });
      throw error;
    }
    return user;
  }

  /** Keys go along. @throws CodedError `user_not_found` */
  async remove(id: string, transaction: EntityManager): Promise<void> {
    const { affected } = await storing(transaction.delete(User, { id }));
    if (affected === 0) throw new CodedError('user_not_found');
  }

  /**
   * From now on no session counts, and no connection string, that was issued at this moment or before.
   * @param moment in seconds since 1970
   * @throws CodedError `user_not_found`
   */
  async endSessions(id: string, moment: number): Promise<void> {
    const rows = await this.database.query(END_SESSIONS, [id, moment]);
    if (rows.length === 0) throw new CodedError('user_not_found');
  }

  async find(id: string): Promise<User | undefined> {
    return (await storing(this.users.findOneBy({ id }))) ?? undefined;
  }

  async findByExternalId(externalId: string): Promise<User | undefined> {
    return (await storing(this.users.findOneBy({ externalId }))) ?? undefined;
  }

  /**
   * Does `work` in a transaction if there is no user yet. Of processes that start together one does it and the others wait;
   * none is left with a user who has no key.
   * @returns undefined when there are users already
   */
  async ifEmpty<T>(work: (transaction: EntityManager) => Promise<T>): Promise<T | undefined> {
    return storing(
      this.users.manager.transaction(async (transaction) => {
        await transaction.query('LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE');
        return (await transaction.existsBy(User, {})) ? undefined : work(transaction);
      }),
    );
  }
}
