/** Resident memory of one process at one time. */
export interface Sample {
  readonly seconds: number;
  readonly bytes: number;
}

/** How memory went, in megabytes per hour, with the band in which the slope lies with 95 %. */
export interface Slope {
  readonly perHour: number;
  readonly low: number;
  readonly high: number;
}

const MB = 1024 * 1024;
const HOUR = 3_600;
const Z_95 = 1.96;

/**
 * The least of each window: what stays between collections of garbage. A peak is not a leak.
 * @param samples in the order of time
 */
export function minima(samples: readonly Sample[], windowSeconds: number): Sample[] {
  const start = samples[0]?.seconds ?? 0;
  const windows = new Map<number, Sample>();
  for (const sample of samples) {
    const window = Math.floor((sample.seconds - start) / windowSeconds);
    const least = windows.get(window);
    if (!least || sample.bytes < least.bytes) windows.set(window, sample);
  }
  return [...windows.values()];
}

/**
 * Theil–Sen: the median of the slopes between all pairs, which a few steps and outliers do not move, with Sen's band
 * from the variance of Kendall's statistic (P. K. Sen, 1968). The band takes noise for independent from point to point.
 * @returns undefined for fewer than ten points, from which no band can be had
 */
export function slopeOf(points: readonly Sample[]): Slope | undefined {
  const n = points.length;
  if (n < 10) return undefined;
  const slopes = points
    .flatMap((a, index) =>
      points.slice(index + 1).map((b) => ((b.bytes - a.bytes) / MB / (b.seconds - a.seconds)) * HOUR),
    )
    .toSorted((a, b) => a - b);
  const at = (rank: number): number => slopes[Math.min(slopes.length - 1, Math.max(0, rank))] ?? Number.NaN;
  const half = (slopes.length - 1) / 2;
  const reach = (Z_95 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18)) / 2;
  return {
    perHour: (at(Math.floor(half)) + at(Math.ceil(half))) / 2,
    low: at(Math.floor(half - reach)),
    high: at(Math.ceil(half + reach)),
  };
}
