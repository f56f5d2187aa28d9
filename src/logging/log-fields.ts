import { CodedError } from '../errors/coded-error.js';
import { DatabaseError } from '../database/database-error.js';

/**
 * The only fields that a log line may have beside level, time and message, each with the kind of value that it takes. What
 * is not listed is dropped: a list of forbidden fields would miss the next one.
 */
const FIELDS = {
  context: 'word',
  event: 'word',
  code: 'word',
  sqlstate: 'word',
  constraint: 'word',
  kid: 'word',
  method: 'word',
  /** Template, never the path that was asked for. */
  route: 'word',
  requestId: 'word',
  sessionId: 'word',
  workspaceId: 'word',
  chatId: 'word',
  userId: 'word',
  keyId: 'word',
  /** Kind of credential. */
  credential: 'word',
  migration: 'word',
  host: 'word',
  signal: 'word',
  status: 'number',
  durationMs: 'number',
  count: 'number',
  port: 'number',
  pid: 'number',
} as const;

export type LogFields = {
  readonly [Name in keyof typeof FIELDS]?: (typeof FIELDS)[Name] extends 'number' ? number : string;
} & {
  readonly error?: unknown;
};

/** Identifiers, codes, route templates and addresses: no white space, so that no sentence ever passes. */
const WORD = /^[\w.:/\-[\]*]{1,200}$/;

/** The allowed part of what a caller wants to log. */
export function allowedFields(given: object): Record<string, unknown> {
  const allowed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    const kind = Object.hasOwn(FIELDS, name) ? FIELDS[name as keyof typeof FIELDS] : undefined;
    if (kind === 'number' && typeof value === 'number') allowed[name] = value;
    if (kind === 'word' && typeof value === 'string' && WORD.test(value)) allowed[name] = value;
    if (name === 'error' && value !== undefined) allowed['error'] = describeError(value);
  }
  return allowed;
}

/** What may be told of an error, whoever made it. */
export interface ErrorDescription {
  readonly name: string;
  readonly code?: string;
  readonly sqlstate?: string;
  readonly constraint?: string;
  /** Where it happened: the lines `at …` of its stack, without the message that precedes them. */
  readonly frames?: readonly string[];
}

/**
 * Class, code and place of an error. Messages are left out, because they quote input: those of JSON parsers, drivers and
 * validators do. The ones of `CodedError` and `DatabaseError` are their code anyway.
 */
export function describeError(error: unknown): ErrorDescription {
  if (!(error instanceof Error)) return { name: typeof error };
  const { code } = error as { code?: unknown };
  const frames = framesOf(error);
  return {
    name: word(error.constructor.name) ?? 'Error',
    ...(error instanceof DatabaseError && {
      ...(error.sqlstate !== undefined && { sqlstate: error.sqlstate }),
      ...(error.constraint !== undefined && { constraint: error.constraint }),
    }),
    ...(error instanceof CodedError
      ? { code: error.code }
      : word(code) !== undefined && { code: word(code) as string }),
    ...(frames.length > 0 && { frames }),
  };
}

const word = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[A-Za-z0-9_]{1,64}$/.test(value) ? value : undefined;

/** A frame names a function and a place in a file; a message can imitate neither form over a whole line. */
const FRAME = /^ {4}at (?:(?:async |new )?[\w$.<>#[\] ]+ \()?(?:file:\/\/|node:|\/)[^()\s]+:\d+:\d+\)?$/;

function framesOf(error: Error): string[] {
  const stack = error.stack ?? '';
  // The stack begins with the message, which may have lines that look like frames: only what follows it is looked at. Where
  // the message was changed later, nobody knows which lines are the old one's.
  const start = stack.indexOf(error.message);
  if (start === -1) return [];
  return stack
    .slice(start + error.message.length)
    .split('\n')
    .filter((line) => FRAME.test(line))
    .slice(0, 12)
    .map((line) => line.trim());
}
