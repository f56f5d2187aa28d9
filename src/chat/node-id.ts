import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';

/** By which name the tables know this process, another with each start. Whether it is alive says `presence_nodes`. */
@Injectable()
export class NodeId {
  readonly value = randomUUID();
}
