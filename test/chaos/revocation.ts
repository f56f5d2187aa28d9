import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from './connection.js';
import type { Actor, Scene } from './scene.js';

/** By contract 5 s across nodes; here nodes stand still and the database dies, which is not held against the promise. */
const LINGER_MS = 20_000;

/** Gives somebody a right, takes it away in the midst of everything, and sees to it that nothing of it is left. */
export async function revokeNowAndThen(scene: Scene, everyMs: number): Promise<void> {
  while (!scene.closing) {
    await scene.pause(everyMs);
    if (scene.closing) return;
    try {
      await revokeOnce(scene);
    } catch {
      // Never answered, for whole minutes: the end of the run will tell.
      scene.ledger.count('revocations given up');
    }
  }
}

async function revokeOnce(scene: Scene): Promise<void> {
  const { ledger, random, chats } = scene;
  const [chatId] = chats;
  const actor = await scene.newMember('member');
  const url = scene.anyUrl();
  const ticket = await scene.ticket(url, actor.key, chatId);
  const spare = await scene.ticket(url, actor.key, chatId);
  const opened = ticket && (await Connection.open(scene.anyUrl(), chatId, ticket, scene.overhear));
  const connection = typeof opened === 'object' ? opened : undefined;
  const byKey = random.chance(0.5);
  await withdraw(scene, actor, byKey);
  ledger.count(byKey ? 'keys revoked' : 'members removed');

  // Membership is looked at in the statement that writes: not one message may slip through, however fast.
  if (connection && !byKey) {
    const clientMessageId = randomUUID();
    ledger.refused.add(clientMessageId);
    const message = connection.sign({ event: 'message:send', clientMessageId, message: 'sent by nobody' });
    const ack = await connection.emit('message:send', message);
    if (ack?.ok) ledger.fault('a revoked right lived on', 'a removed member sent a message');
  }
  if (connection && !(await connection.endsWithin(LINGER_MS))) {
    ledger.fault('a revoked right lived on', `a session outlived its ${byKey ? 'key' : 'membership'}`);
  }
  connection?.close();
  await delay(5_000);
  const again = await scene.call<{ code: string }>(actor.key, 'GET', `/v1/chat/${chatId}/messages?limit=1`);
  if (again && again.status < 400)
    ledger.fault('a revoked right lived on', 'history was read after the end of the right');
  if (!spare) return;
  const late = await Connection.open(scene.anyUrl(), chatId, spare, scene.overhear);
  if (typeof late !== 'object') return;
  ledger.fault('a revoked right lived on', 'a connection string outlived the right of its owner');
  late.close();
}

async function withdraw(scene: Scene, actor: Actor, byKey: boolean): Promise<void> {
  const path = byKey ? `/v1/api-keys/${actor.keyId}` : `/v1/workspaces/${scene.workspaceId}/members/${actor.userId}`;
  for (const deadline = performance.now() + 60_000; performance.now() < deadline; await scene.pause(300)) {
    const reply = await scene.call(scene.world.adminKey, 'DELETE', path);
    // The answer to the first may have been lost on the way.
    if (reply && (reply.status < 300 || reply.status === 404)) return;
  }
  throw new Error('never revoked');
}
