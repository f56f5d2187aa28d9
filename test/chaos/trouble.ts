import { setTimeout as delay } from 'node:timers/promises';
import type { Ledger } from './ledger.js';
import type { Random } from './random.js';
import type { Node, World } from './world.js';

/** Longest time that a run goes on beyond its own, to bring in the kills that it owes. */
const OVERTIME = 3;
/** Part of the kills that were asked for without which a run proves too little. */
const LEAST_KILLS = 0.8;
/**
 * Part of the kills that wait until everything is there again. The others come upon a service that is still starting; were
 * there only such, a slow machine would see no service at all, and prove nothing.
 */
const PATIENT = 0.8;
const LOOK_MS = 200;

/** Kills, stops, cuts and holds up whatever there is, for as long as it is told to. */
export class Trouble {
  private readonly underWay = new Set<Node>();
  private databaseBusy = false;
  private patient = true;
  private over = false;
  kills = 0;

  constructor(
    private readonly world: World,
    private readonly random: Random,
    private readonly ledger: Ledger,
  ) {}

  /**
   * Resolves when the time is over and the kills are done, and everything has healed.
   * @param spared from when on one node is left in peace, so that its memory can be watched
   */
  async run(
    seconds: number,
    killsPerMinute: number,
    spared: { readonly node: Node; readonly fromSeconds: number },
  ): Promise<void> {
    const start = performance.now();
    const elapsed = (): number => (performance.now() - start) / 1_000;
    const owed = Math.ceil((seconds * killsPerMinute) / 60);
    const others = this.nag(() => (elapsed() >= spared.fromSeconds ? spared.node : undefined));
    while (elapsed() < seconds || (this.kills < owed && elapsed() < seconds * OVERTIME)) {
      // What was put off is caught up with.
      const due = killsPerMinute === 0 ? Infinity : ((this.kills + 0.5 + this.random.next()) * 60) / killsPerMinute;
      await delay(Math.max(LOOK_MS, (Math.min(due, seconds) - elapsed()) * 1_000));
      if (this.kills >= owed || elapsed() < due) continue;
      if (this.somethingIsDown() && this.patient) continue;
      this.patient = this.random.chance(PATIENT);
      this.kill(elapsed() >= spared.fromSeconds ? spared.node : undefined);
    }
    this.over = true;
    if (this.kills < owed * LEAST_KILLS) {
      this.ledger.fault('too little trouble', `${this.kills} kills of ${owed} in ${elapsed().toFixed(0)} s`);
    }
    await others;
    // Whoever is being started again, is waited for.
    for (const deadline = performance.now() + 90_000; this.somethingIsDown(); await delay(100)) {
      if (performance.now() > deadline) {
        this.ledger.fault('never healed', 'a node or the database did not come back within 90 s');
        return;
      }
    }
  }

  private somethingIsDown(): boolean {
    return this.underWay.size > 0 || this.databaseBusy;
  }

  private kill(spared: Node | undefined): void {
    const candidates = this.world.nodes.filter((node) => node !== spared && !this.underWay.has(node));
    const [first, ...rest] = candidates;
    // Whoever is still coming back is not killed again: that would only make the rest of the run wait.
    const wantsDatabase = this.random.chance(0.5);
    if (!this.databaseBusy && (wantsDatabase || first === undefined)) this.killDatabase();
    else if (first) this.killNode(this.random.pick([first, ...rest]));
  }

  private killDatabase(): void {
    this.kills += 1;
    this.ledger.count('postmasters killed');
    this.databaseBusy = true;
    const start = performance.now();
    void this.world
      .killDatabase()
      .then(() => this.ledger.count('milliseconds without a postmaster', Math.round(performance.now() - start)))
      .catch((error: unknown) => this.ledger.fault('never healed', `the database does not start: ${String(error)}`))
      .finally(() => (this.databaseBusy = false));
  }

  private killNode(node: Node): void {
    this.kills += 1;
    this.ledger.count('servers killed');
    this.underWay.add(node);
    const start = performance.now();
    void node
      .kill()
      .then(() => this.ledger.count('milliseconds without a killed server', Math.round(performance.now() - start)))
      .catch((error: unknown) => this.ledger.fault('never healed', `${node.name} does not start: ${String(error)}`))
      .finally(() => this.underWay.delete(node));
  }

  /** The lesser evils: a process that stands still, a line that is cut or slow. */
  private async nag(spared: () => Node | undefined): Promise<void> {
    while (!this.over) {
      await delay(this.random.between(1_500, 4_500));
      if (this.over) break;
      const [first, ...rest] = this.world.nodes.filter((node) => !this.underWay.has(node));
      if (!first) continue;
      const node = this.random.pick([first, ...rest]);
      const evil = this.random.pick(['freeze', 'cut', 'slow', 'redis']);
      if (evil === 'cut') this.ledger.count('connections cut', node.proxy.drop());
      else if (evil === 'redis') await this.world.killRedis(this.random.between(200, 3_000));
      else if (evil === 'slow') {
        this.ledger.count('slow lines');
        node.proxy.delayMs = this.random.between(50, 800);
        await delay(this.random.between(1_000, 3_000));
        node.proxy.delayMs = 0;
      } else if (node !== spared()) {
        this.ledger.count('processes stopped for seconds');
        await node.freeze(this.random.between(1_000, 3_500));
      }
    }
  }
}
