import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { AttachmentStore } from './attachment.store.js';
import { objectOf } from './attachments.service.js';
import { ObjectStore } from './object-store.js';

const INTERVAL_MS = 10_000;
const BATCH = 100;

/** Removes the objects of attachments that are gone. Several nodes at it do no harm; what fails comes again. */
@Injectable()
export class AttachmentSweep implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(AttachmentSweep.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: AttachmentStore,
    private readonly objects: ObjectStore,
  ) {}

  onApplicationBootstrap(): void {
    if (this.objects.isOn) this.schedule();
  }

  onModuleDestroy(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** @returns how many are gone now */
  async run(): Promise<number> {
    const removed = await this.store.removed(BATCH);
    for (const key of removed) {
      await this.objects.remove(objectOf(key));
      await this.store.forget(key);
    }
    return removed.length;
  }

  private schedule(): void {
    this.timer = setTimeout(() => void this.due(), INTERVAL_MS * (0.75 + Math.random() / 2)).unref();
  }

  private async due(): Promise<void> {
    try {
      while ((await this.run()) === BATCH);
    } catch {
      this.logger.warn('removed attachments could not be taken out of the object store; they are tried again');
    }
    if (this.timer) this.schedule();
  }
}
