import { Client } from 'pg';
import type { Fault, Ledger } from './ledger.js';

/** Looks into the table past the service: what was said to be there, must be there at that very instant. */
export class Probe {
  private client: Client | undefined;
  private busy = false;

  constructor(
    private readonly url: () => string,
    private readonly ledger: Ledger,
  ) {}

  /** One look at a time, so that the harness does not become the load; the rest is left out. */
  async look(chatId: string, id: string, fault: Fault): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      const client = (this.client ??= await this.connect());
      const { rowCount } = await client.query('SELECT 1 FROM messages WHERE chat_id = $1 AND id = $2', [chatId, id]);
      this.ledger.count('looks into the table');
      if (rowCount === 0) this.ledger.fault(fault, `${id} was not in the table when it was told`);
    } catch {
      // The database was killed: there is nothing to see.
      this.client = undefined;
    } finally {
      this.busy = false;
    }
  }

  async close(): Promise<void> {
    await this.client?.end().catch(() => undefined);
  }

  private async connect(): Promise<Client> {
    const client = new Client({ connectionString: this.url(), connectionTimeoutMillis: 2_000, query_timeout: 4_000 });
    client.on('error', () => (this.client = undefined));
    await client.connect();
    return client;
  }
}
