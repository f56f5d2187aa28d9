/** Runs pieces of work one after the other, in the order in which they came. */
export class Lane {
  private tail: Promise<unknown> | undefined;

  /** Runs `work` once everything that came before in this lane has run, well or not. */
  async turn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.tail ? this.tail.then(work) : work();
    this.tail = mine.catch(() => undefined);
    return mine;
  }
}
