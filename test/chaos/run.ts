import { argv, stdout } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { Collector } from '../support/collector.js';
import { Canary } from './canary.js';
import { TRACES, compareWithTables, endsOf, inspectTraces, scanFiles, scanTables } from './inspection.js';
import { HistoryReader } from './history-reader.js';
import { Intruder } from './intruder.js';
import { Ledger } from './ledger.js';
import { type Options, readOptions } from './options.js';
import { Probe } from './probe.js';
import { Random } from './random.js';
import { Reader } from './reader.js';
import { revokeNowAndThen } from './revocation.js';
import { Scene } from './scene.js';
import { Trouble } from './trouble.js';
import { judgeMemory, verdict } from './verdict.js';
import { MemoryWatch, watch } from './watch.js';
import { World } from './world.js';
import { SocketWriter, writeOverRest } from './writer.js';

/*
 * npm run chaos: servers that are killed, stopped and cut off in the midst of traffic, and what must hold all the same.
 * Nothing in it belongs to the service; it knows the service from outside, and its tables.
 */
const CHATS = 3;
const SOCKET_WRITERS_PER_CHAT = 2;
const REST_WRITERS_PER_CHAT = 3;
const READERS_PER_CHAT = 2;
const INTRUDERS = 24;
const COLLECT_GARBAGE = './test/chaos/collect-garbage.mjs';
/** The part of the run in which one node is left alive, so that its memory can be watched. */
const SPARED = 0.4;

async function setTheScene(options: Options, ledger: Ledger): Promise<Scene> {
  const random = new Random(options.seed);
  const modules = [...(options.calm ? [COLLECT_GARBAGE] : []), ...(options.fault === undefined ? [] : [options.fault])];
  const canary = new Canary(random, ledger);
  // A soak is of what runs where nobody asks for traces.
  const collector = options.calm ? undefined : await Collector.start((spans) => inspectTraces(spans, canary, ledger));
  const world = await World.start(options.nodes, ledger, modules, collector);
  const scene = new Scene(world, ledger, canary, new Probe(() => world.databaseUrl, ledger), random);
  const workspace = await scene.insist<{ id: string; defaultChatId: string }>(
    world.adminKey,
    'POST',
    '/v1/workspaces',
    {
      name: 'Chaos',
    },
  );
  scene.workspaceId = workspace.id;
  scene.chats = [workspace.defaultChatId];
  while (scene.chats.length < CHATS) {
    const chat = await scene.insist<{ id: string }>(world.adminKey, 'POST', '/v1/chat', { workspaceId: workspace.id });
    scene.chats.push(chat.id);
  }
  return scene;
}

async function perform(scene: Scene, options: Options, memory: MemoryWatch, sparedFrom: number): Promise<void> {
  const { world, ledger } = scene;
  const [spared] = world.nodes;
  if (!spared) throw new Error('there is no node');
  const perChat = SOCKET_WRITERS_PER_CHAT + REST_WRITERS_PER_CHAT;
  const everyMs = (1_000 * CHATS * perChat) / options.rate;
  const writers: Promise<void>[] = [];
  const readers: (Reader | HistoryReader)[] = [];
  for (const chatId of scene.chats) {
    for (let n = 0; n < SOCKET_WRITERS_PER_CHAT; n += 1) {
      writers.push(new SocketWriter(scene, await scene.newMember('member'), chatId, everyMs).run());
    }
    for (let n = 0; n < REST_WRITERS_PER_CHAT; n += 1) {
      writers.push(writeOverRest(scene, await scene.newMember('member'), chatId, everyMs));
    }
    for (let n = 0; n < READERS_PER_CHAT; n += 1)
      readers.push(new Reader(scene, await scene.newMember('reader'), chatId));
    readers.push(new HistoryReader(scene, await scene.newMember('reader'), chatId));
  }
  let ends: Map<string, number> | undefined;
  const reading = readers.map((reader) => reader.run((chatId) => ends?.get(chatId)));
  const intruder = await scene.newMember('member');
  const others = [
    ...Array.from({ length: INTRUDERS }, () => new Intruder(scene, intruder, options.badStrings / INTRUDERS).run()),
    revokeNowAndThen(scene, 5_000),
    watch(scene, memory, sparedFrom),
  ];

  const trouble = new Trouble(world, scene.random, ledger);
  if (options.calm) await delay(options.seconds * 1_000);
  else await trouble.run(options.seconds, options.killsPerMinute, { node: spared, fromSeconds: sparedFrom });
  scene.close();
  await Promise.all([...writers, ...others]);
  const left = ledger.unacked().length;
  if (left > 0) ledger.fault('never healed', `${left} messages were not acked when all trouble was over`);
  await withSql(scene, async (sql) => void (ends = await endsOf(sql)));
  await Promise.all(reading);
}

async function withSql(scene: Scene, work: (sql: Client) => Promise<void>): Promise<void> {
  const sql = new Client({ connectionString: scene.world.databaseUrl });
  await sql.connect();
  try {
    await work(sql);
  } finally {
    await sql.end();
  }
}

async function inspect(scene: Scene, options: Options): Promise<void> {
  const { world, ledger, probe } = scene;
  await probe.close();
  await world.stopNodes();
  if (!options.calm && ledger.counts[TRACES] === undefined) ledger.fault('too little trouble', 'nothing was traced');
  await withSql(scene, async (sql) => {
    await compareWithTables(sql, ledger);
    await scanTables(sql, scene);
    await sql.query('CHECKPOINT');
  });
  await world.stopDatabase();
  scanFiles(world.directory, scene);
}

const options = readOptions(argv.slice(2));
const ledger = new Ledger();
const start = performance.now();
if (!options.quiet) stdout.write(`chaos: seed ${options.seed}\n`);
const scene = await setTheScene(options, ledger);
const [first] = scene.world.nodes;
if (!first) throw new Error('there is no node');
const memory = new MemoryWatch(first, options.calm);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // Whoever gives up waiting leaves no servers behind.
  process.once(signal, () => void scene.world.remove().finally(() => process.exit(130)));
}
try {
  await perform(scene, options, memory, options.calm ? 0 : options.seconds * (1 - SPARED));
  await inspect(scene, options);
  judgeMemory(memory.figures(), ledger);
} catch (error) {
  ledger.fault('never healed', String(error));
} finally {
  await scene.world.remove();
}
stdout.write(`${verdict(options, ledger, memory, (performance.now() - start) / 1_000)}\n`);
process.exit(ledger.faults.size === 0 ? 0 : 1);
