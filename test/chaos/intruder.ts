import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Ticket } from '../support/chat-client.js';
import { RawSocket } from '../support/raw-socket.js';
import { Connection } from './connection.js';
import { Pace } from './pace.js';
import type { Actor, Scene } from './scene.js';

const PATIENCE_MS = 3_000;
const NOBODY_THERE_MS = 300;
/** Times in which it comes in and shouts, rather than knocks. */
const SHOUTED = 0.1;
/** Bad message strings that end a session (contract, section 7). */
export const BAD_STRINGS = 5;

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Tries to get in with strings that nobody issued, and to be heard with strings that nobody made. */
export class Intruder {
  private ticket: Ticket | undefined;
  private used: string | undefined;

  constructor(
    private readonly scene: Scene,
    private readonly actor: Actor,
    private readonly perSecond: number,
  ) {}

  async run(): Promise<void> {
    const { scene, perSecond } = this;
    if (perSecond === 0) return;
    const pace = new Pace(1_000 / perSecond, scene.random);
    while (!scene.closing) {
      const tried = scene.random.chance(SHOUTED) ? await this.shout() : await this.knock();
      if (tried > 0) await pace.turn(tried);
      else await scene.pause(NOBODY_THERE_MS);
    }
  }

  /** A forged connection string; returns how many strings were tried. */
  private async knock(): Promise<number> {
    const { scene } = this;
    const [chatId, otherChatId = ''] = scene.chats;
    if (this.ticket === undefined || scene.random.chance(0.02)) {
      this.ticket = await scene.ticket(scene.anyUrl(), this.actor.key, chatId);
      if (!this.ticket) return 0;
    }
    const { connectionString } = this.ticket;
    const wrongChat = scene.random.chance(0.1);
    const forged = wrongChat ? connectionString : (this.forgery(connectionString) ?? connectionString.slice(0, -4));
    const socket = await inTime(RawSocket.open(scene.anyUrl())).catch(() => undefined);
    if (!socket) return 0;
    socket.knock({ chatId: wrongChat ? otherChatId : chatId, connectionString: forged });
    await inTime(socket.closed).catch(() => undefined);
    socket.close();
    scene.ledger.count('connection strings forged');
    for (const packet of socket.packets) scene.canary.inspect('answer to a forged connection string', packet);
    if (socket.packets.some((packet) => packet.startsWith('40/connect') || packet.startsWith('42/'))) {
      scene.ledger.fault('a refused string had an effect', 'a forged connection string was let in');
    }
    return 1;
  }

  private forgery(sound: string): string | undefined {
    const { random } = this.scene;
    const [header = '', claims = '', mac = ''] = sound.split('.');
    const fields = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, number | string>;
    const at = random.between(0, sound.length - 1);
    const other = sound[at] === 'A' ? 'B' : 'A';
    return random.pick([
      `${sound.slice(0, at)}${other}${sound.slice(at + 1)}`,
      sound.slice(0, random.between(0, sound.length - 1)),
      `${encoded({ alg: 'none', kid: 't1', typ: 'cloakroom-conn+jwt' })}.${claims}.`,
      `${header}.${encoded({ ...fields, exp: Number(fields['exp']) + 3_600 })}.${mac}`,
      `${header}.${encoded({ ...fields, sub: randomUUID() })}.${mac}`,
      `${sound}=`,
      `${header}.${claims}.${mac}.${mac}`,
      this.used,
    ]);
  }

  /** A session of one's own, and message strings that are wrong in it, until it is ended. */
  private async shout(): Promise<number> {
    const { scene } = this;
    const [chatId] = scene.chats;
    const ticket = await scene.ticket(scene.anyUrl(), this.actor.key, chatId);
    const opened = ticket && (await Connection.open(scene.anyUrl(), chatId, ticket, scene.overhear));
    if (!ticket || typeof opened !== 'object') return 0;
    this.used = ticket.connectionString;
    let [tried, heard] = [0, 0];
    for (; opened.alive && tried < 8; tried += 1) {
      const clientMessageId = randomUUID();
      scene.ledger.refused.add(clientMessageId);
      const message = `shouted to ${scene.canary.address()}`;
      const sound = opened.sign({ event: 'message:edit', clientMessageId, message });
      const ack = await opened.emit('message:send', sound);
      scene.ledger.count('message strings forged');
      if (ack?.ok)
        scene.ledger.fault('a refused string had an effect', 'the message string of another event was accepted');
      if (ack?.error?.code.startsWith('message_string')) heard += 1;
      scene.canary.inspect('answer to a forged message string', JSON.stringify(ack ?? {}));
    }
    if (heard > BAD_STRINGS)
      scene.ledger.fault(
        'a refused string had an effect',
        'more than five bad message strings were heard in one session',
      );
    opened.close();
    return tried;
  }
}

function inTime<T>(work: Promise<T>): Promise<T> {
  return Promise.race([
    work,
    delay(PATIENCE_MS, undefined, { ref: false }).then(() => {
      throw new Error('no answer in time');
    }),
  ]);
}
