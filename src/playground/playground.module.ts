import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { ChatModule } from '../chat/chat.module.js';
import { PlaygroundController } from './playground.controller.js';
import { StoredRowsStore } from './stored-rows.store.js';

/** A page to look around. Not there at all where PLAYGROUND is off, as it is in production unless it is switched on. */
@Module({ imports: [AuthModule, ChatModule], controllers: [PlaygroundController], providers: [StoredRowsStore] })
export class PlaygroundModule {}
