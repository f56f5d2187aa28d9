/** What must never happen. */
export type Fault =
  | 'lost'
  | 'doubled'
  | 'gap or disorder'
  | 'shown before the commit'
  | 'acked before the commit'
  | 'a refused string had an effect'
  | 'a sound call was refused'
  | 'a revoked right lived on'
  | 'leak'
  | 'crash'
  | 'memory'
  | 'never healed'
  /** The run itself was at fault: it had no time for what it was to do. */
  | 'too little trouble';

/** A message that was signed, and is tried until somebody acks it. */
export interface Attempt {
  readonly chatId: string;
  readonly clientMessageId: string;
  readonly message: string;
  readonly piiMapping?: string;
  /** Once acked. */
  id?: string;
  seq?: number;
}

/** An event as a reader or the table tells it. */
export interface Seen {
  readonly seq: number;
  readonly kind: string;
  readonly messageId: string;
}

const KEPT = 20;

/** Everything that the clients of a run were told, to be held against the tables afterwards. */
export class Ledger {
  readonly attempts = new Map<string, Attempt>();
  /** Client ids of messages that were forged: nothing may ever stand under them. */
  readonly refused = new Set<string>();
  /** Changes that were acked: chat and sequence, and the message. */
  readonly changes: { readonly chatId: string; readonly seq: number; readonly messageId: string }[] = [];
  /** By chat, what the first reader of each sequence saw. */
  readonly seen = new Map<string, Map<number, string>>();
  /** By chat, sequences and ids of the messages in its history, as they were read over REST. */
  readonly histories = new Map<string, Map<number, string>>();
  readonly counts: Record<string, number> = {};
  readonly faults = new Map<Fault, { count: number; readonly examples: string[] }>();

  count(what: string, by = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + by;
  }

  /** @param detail for the engineer; of the values of messages it says nothing */
  fault(fault: Fault, detail: string): void {
    const entry = this.faults.get(fault) ?? { count: 0, examples: [] };
    entry.count += 1;
    if (entry.examples.length < KEPT) entry.examples.push(detail);
    this.faults.set(fault, entry);
  }

  sent(attempt: Attempt): Attempt {
    this.attempts.set(attempt.clientMessageId, attempt);
    return attempt;
  }

  acked(attempt: Attempt, { id, seq }: { readonly id: string; readonly seq: number }): void {
    if (attempt.id === undefined) this.count('messages acked');
    else {
      this.count('repetitions acked');
      if (attempt.id !== id || attempt.seq !== seq) {
        this.fault('doubled', `${attempt.clientMessageId}: first ${attempt.id}/${attempt.seq}, then ${id}/${seq}`);
      }
    }
    attempt.id ??= id;
    attempt.seq ??= seq;
  }

  /** Readers of one chat must agree on what each sequence is. */
  saw(chatId: string, { seq, kind, messageId }: Seen): void {
    this.count('events delivered');
    let chat = this.seen.get(chatId);
    if (!chat) this.seen.set(chatId, (chat = new Map()));
    const event = `${kind} ${messageId}`;
    const before = chat.get(seq);
    if (before === undefined) chat.set(seq, event);
    else if (before !== event)
      this.fault('gap or disorder', `${chatId} ${seq}: ${before} for one, ${event} for another`);
  }

  read(chatId: string, seq: number, messageId: string): void {
    this.count('messages read over REST');
    let history = this.histories.get(chatId);
    if (!history) this.histories.set(chatId, (history = new Map()));
    history.set(seq, messageId);
  }

  unacked(): Attempt[] {
    return [...this.attempts.values()].filter(({ id }) => id === undefined);
  }
}
