import { SingleBar } from 'cli-progress';

/**
 * How far work is that takes its time: a bar where a person sits at the terminal, a line for each step where standard error
 * goes into a file. Results belong on standard output, so neither gets in their way.
 */
export class Progress {
  private readonly bar: SingleBar | undefined;

  /** @param what is counted, as in `keys rewrapped` */
  constructor(
    total: number,
    private readonly what: string,
  ) {
    if (!process.stderr.isTTY) return;
    const format = `[{bar}] {percentage} %, {value} of {total} ${what}, {eta_formatted} to go`;
    this.bar = new SingleBar({ format, stream: process.stderr, hideCursor: true, clearOnComplete: true });
    this.bar.start(total, 0);
  }

  at(done: number): void {
    if (this.bar) this.bar.update(done);
    else process.stderr.write(`${done} ${this.what}\n`);
  }

  end(): void {
    this.bar?.stop();
  }
}
