import { Injectable } from '@nestjs/common';
import { within } from '../database/database.js';
import { CodedError } from '../errors/coded-error.js';
import type { KeepAnswer } from './answer-keeper.js';
import type { Principal } from './principal.js';
import { type CreateUserDto, UserDto } from './user.dto.js';
import { UserStore } from './user.store.js';

@Injectable()
export class UsersService {
  constructor(private readonly users: UserStore) {}

  /** @throws CodedError `conflict` when another user has the external id */
  create({ displayName, externalId }: CreateUserDto, keepAnswer: KeepAnswer): Promise<UserDto> {
    return this.users.transaction(async (transaction) => {
      const created = UserDto.of(await this.users.create(displayName, externalId, transaction));
      await keepAnswer(await within(transaction), created);
      return created;
    });
  }

  async get({ userId }: Principal): Promise<UserDto> {
    const user = await this.users.find(userId);
    if (!user) throw new CodedError('unauthenticated');
    return UserDto.of(user);
  }
}
