import { EventEmitter } from 'node:events';
import { Injectable, Logger } from '@nestjs/common';
import { Notifications } from '../database/notifications.js';

const CHANNEL = 'cloakroom_access';

/** Whose rights may have shrunk or grown. Listeners read the rights again; the change itself carries none. */
export interface AccessChange {
  readonly workspaceId?: string;
  readonly userId?: string;
  readonly credentialId?: string;
  /** Name of the key that signed the connection string. */
  readonly kid?: string;
  /** Of a session that is to be ended. */
  readonly sessionId?: string;
}

/** Tells the live sockets of all nodes that rights have changed. Where the hint is lost, the sweep of each node notices. */
@Injectable()
export class AccessChanges {
  private readonly logger = new Logger(AccessChanges.name);
  private readonly emitter = new EventEmitter();

  constructor(private readonly notifications: Notifications) {
    notifications.listen(CHANNEL, (payload) => void this.emitter.emit('change', JSON.parse(payload) as AccessChange));
  }

  announce(change: AccessChange): void {
    this.emitter.emit('change', change);
    this.notifications.publish(CHANNEL, [JSON.stringify(change)]).catch(() => {
      this.logger.debug('a change of rights was not told to the other nodes; their sweep notices it');
    });
  }

  onChange(listener: (change: AccessChange) => void): void {
    this.emitter.on('change', listener);
  }
}
