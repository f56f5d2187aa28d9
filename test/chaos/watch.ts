import { setTimeout as delay } from 'node:timers/promises';
import type { Scene } from './scene.js';
import type { Node } from './world.js';

const EVERY_MS = 2_000;
/** Part of the samples that belongs to the warming up. */
const WARM_UP = 0.3;
const MB = 1024 * 1024;

/** Resident memory of one process over time. */
export class MemoryWatch {
  private readonly samples: { readonly seconds: number; readonly bytes: number }[] = [];
  private pid: number | undefined;

  /** @param node looked at from the first sample on, as long as it is the same process */
  constructor(private readonly node: Node) {}

  sample(seconds: number): void {
    const bytes = this.node.memory();
    this.pid ??= this.node.pid;
    if (bytes !== undefined && this.pid === this.node.pid) this.samples.push({ seconds, bytes });
  }

  /** In megabytes: at the end of the warming up, at the end, and the slope per hour between (least squares). */
  figures():
    { readonly from: number; readonly to: number; readonly perHour: number; readonly seconds: number } | undefined {
    const warm = this.samples.slice(Math.floor(this.samples.length * WARM_UP));
    const [first, last] = [warm[0], warm.at(-1)];
    if (!first || !last || warm.length < 5) return undefined;
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    const [x, y] = [mean(warm.map(({ seconds }) => seconds)), mean(warm.map(({ bytes }) => bytes))];
    const covariance = mean(warm.map(({ seconds, bytes }) => (seconds - x) * (bytes - y)));
    const variance = mean(warm.map(({ seconds }) => (seconds - x) ** 2));
    return {
      from: first.bytes / MB,
      to: last.bytes / MB,
      perHour: (covariance / variance / MB) * 3_600,
      seconds: last.seconds - first.seconds,
    };
  }
}

/** Looks at the metrics of all nodes, and at the memory of one from `fromSeconds` on, until the clients close. */
export async function watch(scene: Scene, memory: MemoryWatch, fromSeconds: number): Promise<void> {
  const start = performance.now();
  while (!scene.closing) {
    await delay(EVERY_MS);
    const seconds = (performance.now() - start) / 1_000;
    if (seconds >= fromSeconds) memory.sample(seconds);
    for (const { url, name } of scene.world.nodes) {
      const metrics = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(EVERY_MS) })
        .then((response) => response.text())
        .catch(() => '');
      if (metrics === '') continue;
      scene.ledger.count('metrics read');
      scene.inspect(`metrics of ${name}`, metrics);
    }
  }
}
