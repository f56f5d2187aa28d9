import { setTimeout as delay } from 'node:timers/promises';
import type { Ticket } from '../support/chat-client.js';
import type { Canary } from './canary.js';
import { type Reply, call } from './connection.js';
import type { Ledger } from './ledger.js';
import type { Probe } from './probe.js';
import type { Random } from './random.js';
import type { World } from './world.js';

/** Time in which everything must be acked and read, once all trouble is over. */
const FINISH_MS = 60_000;

/** Who acts: a member of the workspace, by key. */
export interface Actor {
  readonly userId: string;
  readonly keyId: string;
  readonly key: string;
}

/** What all the clients of a run share. */
export class Scene {
  private closedAt: number | undefined;
  workspaceId = '';
  chats: [string, ...string[]] = [''];

  constructor(
    readonly world: World,
    readonly ledger: Ledger,
    readonly canary: Canary,
    readonly probe: Probe,
    readonly random: Random,
  ) {}

  /** Clients begin nothing new, and finish what they began. */
  close(): void {
    this.closedAt ??= performance.now();
  }

  get closing(): boolean {
    return this.closedAt !== undefined;
  }

  /** Whoever has not finished by now never will. */
  overdue(): boolean {
    return this.closedAt !== undefined && performance.now() - this.closedAt > FINISH_MS;
  }

  /** Whether a writer with this on its hands goes on. */
  goesOn(unfinished: readonly unknown[]): boolean {
    return (!this.closing || unfinished.length > 0) && !this.overdue();
  }

  /** Address of some node. */
  anyUrl(): string {
    return this.random.pick(this.world.nodes.map(({ url }) => url) as [string, ...string[]]);
  }

  /** Waits a while that is never the same twice. */
  async pause(milliseconds: number): Promise<void> {
    await delay(milliseconds * (0.5 + this.random.next()));
  }

  /** Calls some node, once. */
  call<Body>(key: string, method: string, path: string, body?: unknown): Promise<Reply<Body> | undefined> {
    return call<Body>(this.anyUrl(), key, method, path, body);
  }

  /** Calls some node again and again until the answer is one that counts. */
  async insist<Body>(key: string, method: string, path: string, body?: unknown): Promise<Body> {
    for (const deadline = performance.now() + 120_000; performance.now() < deadline; await this.pause(300)) {
      const reply = await this.call<Body>(key, method, path, body);
      if (reply && reply.status < 300) return reply.body;
      if (reply && reply.status < 500 && reply.status !== 429) {
        this.ledger.fault('a sound call was refused', `${method} ${path}: ${reply.text}`);
        break;
      }
    }
    throw new Error(`${method} ${path} was never answered`);
  }

  async ticket(url: string, key: string, chatId: string): Promise<Ticket | undefined> {
    const reply = await call<Ticket>(url, key, 'POST', `/v1/chat/${chatId}/connection-string`);
    if (reply?.status === 201) return reply.body;
    if (reply && reply.status < 500) this.ledger.count(`connection strings refused ${reply.status}`);
    return undefined;
  }

  async newMember(role: string): Promise<Actor> {
    const { adminKey } = this.world;
    const user = await this.insist<{ id: string }>(adminKey, 'POST', '/v1/users', { displayName: 'Someone' });
    const key = await this.insist<{ id: string; key: string }>(adminKey, 'POST', `/v1/users/${user.id}/api-keys`, {
      name: 'chaos',
    });
    await this.insist(adminKey, 'PUT', `/v1/workspaces/${this.workspaceId}/members/${user.id}`, { role });
    return { userId: user.id, keyId: key.id, key: key.key };
  }

  /** Everything that somebody hears who must not see originals. */
  overhear = (event: string, payload: unknown): void => {
    this.canary.inspect(`frame ${event}`, JSON.stringify(payload));
  };
}
