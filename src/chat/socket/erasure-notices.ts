import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Notifications } from '../../database/notifications.js';
import {
  type ErasedPlaceholders,
  type ErasureParticipant,
  ErasureParticipants,
} from '../../pii/erasure/erasure-participants.js';
import { AttachmentStore } from '../attachments/attachment.store.js';
import { Broadcaster } from './broadcaster.js';
import { PlaceholderUseStore } from '../messages/placeholder-use.store.js';

const CHANNEL = 'cloakroom_erased';
/** A placeholder has 41 characters at most, a notification 7,900 bytes. */
const CHUNK = 150;

/** What chats have to do with erasures: they know who sent a placeholder, and tell open clients of all nodes. */
@Injectable()
export class ErasureNotices implements OnModuleInit, ErasureParticipant {
  private readonly logger = new Logger(ErasureNotices.name);

  constructor(
    private readonly erasures: ErasureParticipants,
    private readonly uses: PlaceholderUseStore,
    private readonly attachments: AttachmentStore,
    private readonly notifications: Notifications,
    private readonly broadcaster: Broadcaster,
  ) {
    notifications.listen(CHANNEL, (payload) => {
      const [chatId = '', placeholders = ''] = payload.split('/');
      this.broadcaster.erased({ chatId, placeholders: placeholders.split(',') });
    });
  }

  onModuleInit(): void {
    this.erasures.join(this);
  }

  async *placeholdersSentBy(workspaceId: string, userId: string): AsyncGenerator<ErasedPlaceholders> {
    for (const chatId of await this.uses.chats(workspaceId)) {
      const placeholders = await this.uses.sentBy(workspaceId, chatId, userId);
      if (placeholders.length > 0) yield { workspaceId, chatId, placeholders };
    }
  }

  eraseFiles(workspaceId: string, { chatId, userId }: { chatId?: string; userId?: string }): Promise<void> {
    return this.attachments.removeMany(workspaceId, chatId ?? null, userId ?? null);
  }

  onErased({ chatId, placeholders }: ErasedPlaceholders): void {
    const payloads: string[] = [];
    for (let at = 0; at < placeholders.length; at += CHUNK) {
      payloads.push(`${chatId}/${placeholders.slice(at, at + CHUNK).join(',')}`);
    }
    // A notice that is lost leaves a value on a screen until the client asks again; the value itself is gone.
    this.notifications.publish(CHANNEL, payloads).catch(() => this.logger.warn('a notice of an erasure was not sent'));
  }
}
