import { QueryFailedError } from 'typeorm';
import { CodedError } from '../errors/coded-error.js';

/**
 * A statement that the database refused. Only the kind of fault and the name of a constraint are kept: everything else that
 * a driver tells (message, detail, hint, parameters, statement) quotes the values that the statement carried.
 */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';

  constructor(
    /** Five characters of the SQL standard; undefined when the driver itself refused the call. */
    readonly sqlstate: string | undefined,
    readonly constraint: string | undefined,
  ) {
    super(`SQLSTATE ${sqlstate ?? 'none'}`);
  }
}

/** True when a row with the same unique value exists, in this constraint if one is named. */
export function isUniqueViolation(error: unknown, constraint?: string): error is DatabaseError {
  return (
    error instanceof DatabaseError &&
    error.sqlstate === '23505' &&
    (constraint === undefined || error.constraint === constraint)
  );
}

/** What the database cannot do right now: classes of PostgreSQL's appendix A, by their first two characters, or in full. */
const UNAVAILABLE_CLASSES = new Set(['08', '53', '57', '58']);
const UNAVAILABLE_STATES = new Set(['25006', '55P03', '25P03', '25P04']);

/** Words of pg and pg-pool, whose own errors have no code. They are compared, never passed on. */
const LOST_CONNECTION =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered|Client was closed|Cannot use a pool after|The server does not support SSL|Driver not Connected)/;

interface DriverFacts {
  readonly code?: unknown;
  readonly constraint?: unknown;
  readonly severity?: unknown;
  readonly syscall?: unknown;
  readonly message?: unknown;
}

const isSqlstate = (facts: DriverFacts): boolean =>
  typeof facts.code === 'string' && /^[0-9A-Z]{5}$/.test(facts.code) && facts.severity !== undefined;

const driverFacts = (error: unknown): DriverFacts => {
  const own = error instanceof QueryFailedError ? error.driverError : error;
  return typeof own === 'object' && own !== null ? own : {};
};

/** True when the connection itself is gone, so that its client must not go back into the pool. */
export function isConnectionLost(error: unknown): boolean {
  const facts = driverFacts(error);
  if (isSqlstate(facts)) return /^(?:08|57P)/.test(String(facts.code));
  return (
    facts.syscall !== undefined || /^E[A-Z_]+$/.test(String(facts.code)) || LOST_CONNECTION.test(String(facts.message))
  );
}

/**
 * The error that may leave this room instead of a driver's: `CodedError('unavailable')` when the database is down, starting,
 * stopping, too busy or too slow, `DatabaseError` for a refused statement. Errors of ours pass unchanged.
 */
export function translated(error: unknown): Error {
  if (error instanceof CodedError || error instanceof DatabaseError) return error;
  const facts = driverFacts(error);
  if (isSqlstate(facts)) {
    const sqlstate = String(facts.code);
    return UNAVAILABLE_CLASSES.has(sqlstate.slice(0, 2)) || UNAVAILABLE_STATES.has(sqlstate)
      ? new CodedError('unavailable')
      : new DatabaseError(sqlstate, typeof facts.constraint === 'string' ? facts.constraint : undefined);
  }
  return isConnectionLost(error) ? new CodedError('unavailable') : new DatabaseError(undefined, undefined);
}

/** Waits for a call of TypeORM and translates its error: every use of a repository goes through here. */
export async function storing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw translated(error);
  }
}
