import { EventEmitter } from 'node:events';
import { Injectable } from '@nestjs/common';

/** Whose rights may have shrunk or grown. Listeners read the rights again; the change itself carries none. */
export interface AccessChange {
  readonly workspaceId?: string;
  readonly userId?: string;
  readonly credentialId?: string;
}

/** Tells the live sockets of this node that rights have changed. Other nodes notice by their sweep. */
@Injectable()
export class AccessChanges {
  private readonly emitter = new EventEmitter();

  announce(change: AccessChange): void {
    this.emitter.emit('change', change);
  }

  onChange(listener: (change: AccessChange) => void): void {
    this.emitter.on('change', listener);
  }
}
