/** Runs pieces of work one after the other, in the order in which they came. */
export class Lane {
  private tail: Promise<unknown> = Promise.resolve();

  /** Runs `work` once everything that came before in this lane has run, well or not. */
  async turn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.tail.then(work);
    this.tail = mine.catch(() => undefined);
    return mine;
  }
}
