/** Latencies in logarithmic buckets of 2 %: constant size however many there are, and mergeable. */
const GROWTH = Math.log(1.02);
const BUCKETS = 1_000;
const LEAST_MS = 0.01;

export class Histogram {
  #counts = new Float64Array(BUCKETS);
  #total = 0;

  record(milliseconds) {
    const bucket = milliseconds <= LEAST_MS ? 0 : Math.ceil(Math.log(milliseconds / LEAST_MS) / GROWTH);
    this.#counts[Math.min(bucket, BUCKETS - 1)] += 1;
    this.#total += 1;
  }

  /** Upper bound of the bucket that holds the quantile, 0 to 1. */
  at(quantile) {
    let left = quantile * this.#total;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      left -= this.#counts[bucket];
      if (left <= 0) return LEAST_MS * Math.exp(bucket * GROWTH);
    }
    return Infinity;
  }

  summary() {
    return { count: this.#total, p50: this.at(0.5), p99: this.at(0.99), p999: this.at(0.999) };
  }
}
