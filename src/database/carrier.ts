/** What carries hints from node to node: PostgreSQL, or Redis where there is one. It may lose any of them. */
export interface Carrier {
  /** Whether hints arrive at this node at the moment. */
  readonly connected: boolean;

  /** Begins to receive, and goes on trying for as long as it runs. */
  start(channels: readonly string[], receiver: Receiver): void;

  /** Tells all nodes, this one included. @throws when that cannot be done now */
  publish(channel: string, payloads: readonly string[]): Promise<void>;

  stop(): Promise<void>;
}

export interface Receiver {
  receive(channel: string, payload: string): void;
  /** Hints may have been missed until now: called after every connection. */
  connected(): void;
  /** Hints may be missed from now on. */
  interrupted(): void;
}

/** DI token of the carrier of a node. */
export const CARRIER = Symbol('Carrier');
