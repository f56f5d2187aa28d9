import { randomUUID } from 'node:crypto';
import type { MessageBody } from '../support/api.js';
import type { AckBody } from '../support/chat-client.js';
import { Connection, type Signed, inTime } from './connection.js';
import { BAD_STRINGS } from './intruder.js';
import type { Attempt } from './ledger.js';
import { Pace } from './pace.js';
import type { Actor, Scene } from './scene.js';

const FORGED = 0.03;
const REPLAYED = 0.03;
const REPEATED = 0.03;
/** Messages of one writer under way at once: enough to catch up with an outage, where an answer takes a second and more. */
const VOICES = 32;
const LOOKED_AFTER = 0.05;
const ENDING_MS = 20_000;
const RETRY_MS = 300;

/** What a refusal may say that is no fault of the message: the sender tries again. */
const TRY_AGAIN: ReadonlySet<string> = new Set([
  'unavailable',
  'overloaded',
  'server_shutdown',
  'session_required',
  'rate_limited',
]);

const asMessage = ({ clientMessageId, message, piiMapping }: Attempt): Signed => ({
  event: 'message:send',
  clientMessageId,
  message,
  ...(piiMapping !== undefined && { piiMapping }),
});

/** A new message with a secret of its own. */
export function compose(scene: Scene, chatId: string): Attempt {
  const { canary, random, ledger } = scene;
  const clientMessageId = randomUUID();
  ledger.count('messages tried');
  if (random.chance(0.7)) {
    return ledger.sent({ chatId, clientMessageId, message: `please write to ${canary.address()} about it` });
  }
  const name = canary.name();
  return ledger.sent({
    chatId,
    clientMessageId,
    message: `the parcel is for ${name}, please sign`,
    piiMapping: JSON.stringify({ [`<PERSON_${random.between(1, 9)}>`]: name }),
  });
}

/** Writes on sockets, honestly for the most part, and never gives a message up before it is acked. */
export class SocketWriter {
  private readonly unfinished: Attempt[] = [];
  private last: Attempt | undefined;
  /** Signed in a session that is over, and never sent there. */
  private stale: Readonly<Record<string, unknown>> | undefined;
  private readonly pace: Pace;

  constructor(
    private readonly scene: Scene,
    private readonly actor: Actor,
    private readonly chatId: string,
    everyMs: number,
  ) {
    this.pace = new Pace(everyMs, scene.random);
  }

  async run(): Promise<void> {
    const { scene } = this;
    while (scene.goesOn(this.unfinished)) {
      const connection = await this.connect();
      if (!connection) {
        await scene.pause(300);
        continue;
      }
      await this.speak(connection);
      connection.close();
    }
  }

  private async connect(): Promise<Connection | undefined> {
    const { scene } = this;
    const url = scene.anyUrl();
    const ticket = await scene.ticket(url, this.actor.key, this.chatId);
    if (!ticket) return undefined;
    // Issued by one node, used at another as often as not.
    const opened = await Connection.open(scene.anyUrl(), this.chatId, ticket, (event, payload) => {
      scene.overhear(event, payload);
      const { id } = payload as MessageBody;
      if (event === 'message:created' && scene.random.chance(LOOKED_AFTER)) {
        void scene.probe.look(this.chatId, id, 'shown before the commit');
      }
    });
    if (typeof opened === 'object') return opened;
    if (opened !== undefined && !TRY_AGAIN.has(opened) && opened !== 'connection_string_expired') {
      // Whose answer was lost on the way may have burnt the string.
      scene.ledger.count(`handshakes refused: ${opened}`);
    }
    return undefined;
  }

  /** Several messages are under way at once, so that batches form and acks meet what comes after them. */
  private async speak(connection: Connection): Promise<void> {
    await Promise.all(Array.from({ length: VOICES }, () => this.voice(connection)));
    if (connection.bad >= BAD_STRINGS && !(await connection.endsWithin(ENDING_MS))) {
      this.scene.ledger.fault('a refused string had an effect', 'a session outlived five bad message strings');
    }
    this.stale = connection.sign(asMessage(this.fake()));
  }

  private async voice(connection: Connection): Promise<void> {
    const { scene } = this;
    const { random } = scene;
    while (connection.alive && connection.bad < BAD_STRINGS && scene.goesOn(this.unfinished)) {
      if (random.chance(FORGED)) await this.forge(connection);
      else if (random.chance(REPLAYED)) await this.replay(connection);
      else if (this.last && random.chance(REPEATED)) await this.send(connection, this.last);
      else await this.send(connection, this.unfinished.shift() ?? compose(scene, this.chatId));
      if (!scene.closing) await this.pace.turn();
    }
  }

  private async send(connection: Connection, attempt: Attempt): Promise<void> {
    const { ledger, probe, random } = this.scene;
    const payload = connection.sign(asMessage(attempt));
    const asked = connection.ask('message:send', payload);
    const ack = await inTime(asked);
    if (ack?.ok) {
      connection.spent = Number(payload['counter']);
      const { id, seq } = ack.data as MessageBody;
      if (random.chance(LOOKED_AFTER)) void probe.look(this.chatId, id, 'acked before the commit');
      ledger.acked(attempt, { id, seq });
      this.last = attempt;
      return;
    }
    if (ack) this.refused(ack);
    else if (connection.alive) void this.waitLonger(connection, attempt, asked);
    else ledger.count('sends cut off with their session');
    // Asking on at once would be a load of its own.
    await this.scene.pause(RETRY_MS);
    if (attempt.id === undefined) this.unfinished.push(attempt);
  }

  /** While the message is sent again: an ack always comes, and what it says holds however late it is. */
  private async waitLonger(
    connection: Connection,
    attempt: Attempt,
    asked: Promise<AckBody | undefined>,
  ): Promise<void> {
    const { ledger } = this.scene;
    const ack = await asked;
    if (ack) ledger.count('sends answered late');
    else if (connection.alive) ledger.fault('never healed', `${attempt.clientMessageId} was never answered`);
    else ledger.count('sends cut off with their session');
    if (ack?.ok) ledger.acked(attempt, ack.data as MessageBody);
    else if (ack) this.refused(ack);
  }

  private refused({ error }: AckBody): void {
    const { ledger } = this.scene;
    const code = error?.code ?? 'no code';
    ledger.count(`sends refused: ${code}`);
    if (!TRY_AGAIN.has(code)) ledger.fault('a sound call was refused', `message:send: ${code}`);
  }

  /** A message of which nothing may ever be heard again. */
  private fake(): Attempt {
    const clientMessageId = randomUUID();
    this.scene.ledger.refused.add(clientMessageId);
    return { chatId: this.chatId, clientMessageId, message: `forged, write to ${this.scene.canary.address()}` };
  }

  private async forge(connection: Connection): Promise<void> {
    const { random } = this.scene;
    const payload = connection.sign(asMessage(this.fake()));
    const flipped = String(payload['messageString']).replace(/.$/, (end) => (end === 'A' ? 'E' : 'A'));
    const change = random.pick<Readonly<Record<string, unknown>>>([
      { message: 'altered after it was signed' },
      { counter: connection.counter + 1 },
      { clientMessageId: this.fake().clientMessageId },
      { piiMapping: '{"<PERSON_1>":"x"}' },
      { messageString: flipped },
      { messageString: undefined },
      { messageString: `ms1_${'A'.repeat(43)}` },
    ]);
    await this.bad(connection, 'forged', { ...payload, ...change });
  }

  private async replay(connection: Connection): Promise<void> {
    const { random } = this.scene;
    if (this.stale && random.chance(0.5)) {
      const payload = this.stale;
      this.stale = undefined;
      await this.bad(connection, 'replayed', payload);
      return;
    }
    // Counters must grow: what was signed for one that is spent comes too late, sound as it is.
    if (connection.spent === 0) return;
    const again = this.last && random.chance(0.5) ? this.last : this.fake();
    const late = connection.sign(asMessage(again), connection.spent);
    await this.bad(connection, 'replayed', late);
  }

  private async bad(connection: Connection, what: 'forged' | 'replayed', payload: unknown): Promise<void> {
    const { ledger } = this.scene;
    const ack: AckBody | undefined = await connection.emit('message:send', payload);
    ledger.count(`message strings ${what}`);
    if (ack?.ok) ledger.fault('a refused string had an effect', `a ${what} message string was accepted`);
    const code = ack?.error?.code ?? '';
    if (code.startsWith('message_')) connection.bad += 1;
  }
}

/** Writes over REST, and edits what it wrote. */
export async function writeOverRest(scene: Scene, actor: Actor, chatId: string, everyMs: number): Promise<void> {
  const { ledger, random, canary } = scene;
  const unfinished: Attempt[] = [];
  let last: Attempt | undefined;
  const pace = new Pace(everyMs, random);
  while (scene.goesOn(unfinished)) {
    const attempt = unfinished.shift() ?? (last && random.chance(0.03) ? last : compose(scene, chatId));
    const { message, clientMessageId, piiMapping } = attempt;
    const body = {
      message,
      clientMessageId,
      ...(piiMapping !== undefined && { pii: { mapping: JSON.parse(piiMapping) as unknown } }),
    };
    const reply = await scene.call<MessageBody>(actor.key, 'POST', `/v1/chat/${chatId}/messages`, body);
    if (reply?.status === 201) {
      ledger.acked(attempt, reply.body);
      last = attempt;
      if (random.chance(0.05)) void scene.probe.look(chatId, reply.body.id, 'acked before the commit');
    } else {
      if (attempt.id === undefined) unfinished.push(attempt);
      await scene.pause(RETRY_MS);
      if (reply && reply.status < 500) ledger.fault('a sound call was refused', `POST messages: ${reply.text}`);
    }
    if (last?.id !== undefined && random.chance(0.1)) {
      const edit = { message: `now write to ${canary.address()} instead` };
      const path = `/v1/chat/${chatId}/messages/${last.id}`;
      const edited = await scene.call<{ updatedSeq: number }>(actor.key, 'PATCH', path, edit);
      if (edited?.status === 200) ledger.changes.push({ chatId, seq: edited.body.updatedSeq, messageId: last.id });
    }
    if (!scene.closing) await pace.turn();
  }
}
