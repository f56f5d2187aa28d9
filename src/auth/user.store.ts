import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { CodedError } from '../errors/coded-error.js';
import { isUniqueViolation, storing } from '../database/database-error.js';
import { User } from './user.entity.js';

@Injectable()
export class UserStore {
  constructor(@InjectRepository(User) private readonly users: Repository<User>) {}

  /** @throws CodedError `conflict` when another user has the external id */
  async create(displayName: string, externalId?: string): Promise<User> {
    const user = this.users.create({ id: uuidv7(), displayName, externalId: externalId ?? null });
    try {
      await storing(this.users.insert(user));
    } catch (error) {
      if (isUniqueViolation(error, 'users_external_id_key'))
        throw new CodedError('conflict', { fields: ['externalId'] });
      throw error;
    }
    return user;
  }

  async find(id: string): Promise<User | undefined> {
    return (await storing(this.users.findOneBy({ id }))) ?? undefined;
  }

  async findByExternalId(externalId: string): Promise<User | undefined> {
    return (await storing(this.users.findOneBy({ externalId }))) ?? undefined;
  }

  async isEmpty(): Promise<boolean> {
    return (await storing(this.users.find({ select: { id: true }, take: 1 }))).length === 0;
  }
}
