import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { Pool, PoolClient, QueryResultRow } from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { CodedError } from '../errors/coded-error.js';
import { Traces } from '../tracing/traces.js';
import { isConnectionLost, translated } from './database-error.js';

/** A statement that every connection prepares once, under this name. One name stands for one text. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** What can be asked, of the pool or inside a transaction. */
export interface Queryable {
  /**
   * Rows of a statement. Throws `CodedError('unavailable')` when the database does not answer, `DatabaseError` when it
   * refuses; neither carries anything of the values.
   */
  query<Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]>;
}

/**
 * After a connection that was refused no other is asked for: each attempt costs the database a process, just when it
 * needs its time to come back. Varied, so that nodes do not come all at once.
 */
const REST_MS = 100;
/**
 * Rows asked for on a shared connection at once: from there on a second process of the database is worth its waking, and
 * who asks for little would wait too long behind those who ask for much.
 */
const MOST_ROWS = 1600;

/** A connection whose questions do not wait for each other's answers; it is in use while there are any. */
interface SharedConnection {
  readonly session: Promise<Session>;
  /** Rows asked for and not yet answered. */
  rows: number;
}

/**
 * SQL without the object mapper, for the paths where it costs too much: named prepared statements take half the time of
 * TypeORM's own queries. The connections are those of TypeORM's pool.
 */
@Injectable()
export class Database implements Queryable {
  /** On the clock of `performance`. */
  private restingUntil = 0;
  private readonly shared = new Set<SharedConnection>();

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly traces: Traces = new Traces(),
  ) {}

  async query<Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    return this.traces.step(statement.name, POSTGRES, () =>
      this.withSession((session) => session.query<Row>(statement, values)),
    );
  }

  /**
   * As `query`, for what reads at most `rows` rows by key and waits for no lock: such questions go out on one connection
   * without waiting for each other's answers. To wake a process of the database for each costs about as much as to answer it.
   */
  async read<Row>(statement: Statement, values: readonly unknown[], rows: number): Promise<Row[]> {
    return this.traces.step(statement.name, POSTGRES, async () => {
      const shared = this.sharedConnection();
      shared.rows += rows;
      try {
        return await (await shared.session).query<Row>(statement, values);
      } catch (error) {
        // Of a connection that is lost or stuck nobody else is to ask.
        if (error instanceof CodedError) this.shared.delete(shared);
        throw error;
      } finally {
        shared.rows -= rows;
        if (shared.rows === 0) this.letGo(shared);
      }
    });
  }

  /**
   * Does `work` on one connection, commits when it resolves and rolls back when it throws; its own errors pass unchanged.
   * Ask one question at a time: a connection has no second line. After `unavailable` the commit may or may not have
   * happened, so that whoever repeats needs an idempotent statement.
   */
  async transaction<T>(work: (transaction: Queryable) => Promise<T>): Promise<T> {
    return this.traces.step('transaction', POSTGRES, () =>
      this.withSession(async (session) => {
        await session.command('BEGIN');
        try {
          const result = await work(session);
          await session.command('COMMIT');
          return result;
        } catch (error) {
          await session.rollBack();
          throw error;
        }
      }),
    );
  }

  /** Connections of the pool at this moment, and calls that wait for one. */
  get connections(): { readonly busy: number; readonly idle: number; readonly wanted: number } {
    const { totalCount, idleCount, waitingCount } = this.pool;
    return { busy: totalCount - idleCount, idle: idleCount, wanted: waitingCount };
  }

  private get pool(): Pool {
    return (this.dataSource.driver as PostgresDriver).master as Pool;
  }

  private sharedConnection(): SharedConnection {
    for (const shared of this.shared) if (shared.rows < MOST_ROWS) return shared;
    const shared = { session: this.connect().then((client) => new Session(client)), rows: 0 };
    this.shared.add(shared);
    return shared;
  }

  private letGo(shared: SharedConnection): void {
    this.shared.delete(shared);
    // Who asked was told already where there was none.
    shared.session.then((session) => session.release()).catch(() => undefined);
  }

  private async withSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const session = new Session(await this.connect());
    try {
      return await work(session);
    } finally {
      session.release();
    }
  }

  private async connect(): Promise<PoolClient> {
    try {
      if (performance.now() >= this.restingUntil || this.pool.idleCount > 0) return await this.pool.connect();
    } catch (error) {
      // No connection free in time says nothing about the next one, and is the only failure here without a code.
      if (error instanceof Error && 'code' in error)
        this.restingUntil = performance.now() + REST_MS * (0.5 + Math.random());
    }
    // Down, starting, refusing us, or none free in time: for the caller it is all the same.
    throw new CodedError('unavailable');
  }
}

/** Statements on the connection of a transaction that TypeORM has begun, and ends. */
export async function within(transaction: EntityManager): Promise<Queryable> {
  return new Session((await transaction.queryRunner?.connect()) as PoolClient);
}

const POSTGRES = { 'db.system.name': 'postgresql' };

/** One connection for as long as it is checked out. */
class Session implements Queryable {
  /** The connection is of no use any more and must not go back into the pool. */
  private lost = false;

  constructor(private readonly client: PoolClient) {}

  release(): void {
    this.client.release(this.lost);
  }

  async query<Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    const { rows } = await this.asking(
      this.client.query<QueryResultRow>({ name: statement.name, text: statement.text, values: values as unknown[] }),
    );
    return rows as Row[];
  }

  async command(text: 'BEGIN' | 'COMMIT' | 'ROLLBACK'): Promise<void> {
    await this.asking(this.client.query(text));
  }

  /** Never throws: what led here is the error to tell. */
  async rollBack(): Promise<void> {
    if (this.lost) return;
    try {
      await this.command('ROLLBACK');
    } catch {
      this.lost = true;
    }
  }

  private async asking<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      this.lost ||= isConnectionLost(error);
      throw translated(error);
    }
  }
}
