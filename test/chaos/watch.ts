import { setTimeout as delay } from 'node:timers/promises';
import type { Scene } from './scene.js';
import { type Sample, type Slope, minima, slopeOf } from './slope.js';
import type { Node } from './world.js';

const EVERY_MS = 2_000;
/** Part of the samples that belongs to the warming up: the heap of V8 and the caches fill to their bounds. */
const WARM_UP = 0.3;
const WINDOW_SECONDS = 60;
const [COLLECTED_LOOKS, COLLECTED_MS] = [50, 20];
const MB = 1024 * 1024;

/** What a process did while it was watched, its warming up left out. Memory in megabytes. */
export interface Figures {
  readonly from: number;
  readonly to: number;
  readonly seconds: number;
  /** Of the least of each minute; undefined when there are too few of them. */
  readonly slope: Slope | undefined;
  /** The least of each minute, in megabytes. */
  readonly minutes: readonly number[];
  /** Processor time, as part of one core. */
  readonly load: number;
}

/** Resident memory and processor time of one process over time. */
export class MemoryWatch {
  private readonly samples: (Sample & { readonly cpuSeconds: number })[] = [];
  private pid: number | undefined;
  private collectedAt = 0;

  /**
   * @param node looked at from the first sample on, as long as it is the same process
   * @param collecting whether garbage is collected once in each window: V8 keeps some 10 MB more or less of it for half an
   *   hour at a time, which hides a leak of 1 MB per hour from a run of two
   */
  constructor(
    private readonly node: Node,
    private readonly collecting: boolean,
  ) {}

  async sample(seconds: number): Promise<void> {
    let bytes = this.node.memory();
    if (this.collecting && seconds - this.collectedAt >= WINDOW_SECONDS) {
      this.collectedAt = seconds;
      bytes = await this.collected();
    }
    const cpuSeconds = this.node.cpuSeconds();
    this.pid ??= this.node.pid;
    if (bytes === undefined || cpuSeconds === undefined || this.pid !== this.node.pid) return;
    this.samples.push({ seconds, bytes, cpuSeconds });
  }

  /** The least within a second: within the next one the young generation is as large as it was. */
  private async collected(): Promise<number | undefined> {
    this.node.collectGarbage();
    let least: number | undefined;
    for (let look = 0; look < COLLECTED_LOOKS; look += 1) {
      await delay(COLLECTED_MS);
      const bytes = this.node.memory();
      if (bytes !== undefined) least = Math.min(least ?? bytes, bytes);
    }
    return least;
  }

  figures(): Figures | undefined {
    const warm = this.samples.slice(Math.floor(this.samples.length * WARM_UP));
    const [first, last] = [warm[0], warm.at(-1)];
    if (!first || !last || warm.length < 5) return undefined;
    const least = minima(warm, WINDOW_SECONDS);
    const seconds = last.seconds - first.seconds;
    return {
      from: first.bytes / MB,
      to: last.bytes / MB,
      seconds,
      slope: slopeOf(least),
      minutes: least.map(({ bytes }) => bytes / MB),
      load: (last.cpuSeconds - first.cpuSeconds) / seconds,
    };
  }
}

/** Looks at the metrics of all nodes, and at the memory of one from `fromSeconds` on, until the clients close. */
export async function watch(scene: Scene, memory: MemoryWatch, fromSeconds: number): Promise<void> {
  const start = performance.now();
  while (!scene.closing) {
    await delay(EVERY_MS);
    const seconds = (performance.now() - start) / 1_000;
    if (seconds >= fromSeconds) await memory.sample(seconds);
    for (const { url, name } of scene.world.nodes) {
      const metrics = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(EVERY_MS) })
        .then((response) => response.text())
        .catch(() => '');
      if (metrics === '') continue;
      scene.ledger.count('metrics read');
      scene.canary.inspect(`metrics of ${name}`, metrics);
    }
  }
}
