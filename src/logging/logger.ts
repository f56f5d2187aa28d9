import type { LoggerService } from '@nestjs/common';
import { pino, stdTimeFunctions, type DestinationStream, type Level, type Logger as Pino } from 'pino';
import type { Config } from '../config/config.js';
import { allowedFields, describeError } from './log-fields.js';

/** Longest message; ours are sentences. */
const MESSAGE_CHARACTERS = 300;

/** Where Nest lists every module, route and event as it starts. The bootstrap key would drown in it. */
const CHATTER: ReadonlySet<string> = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'WebSocketsController',
]);

/**
 * Nest's logger, writing one JSON object a line: level, time, message and allowed fields. Call it through Nest's `Logger`:
 *
 *     this.logger.warn('A vault entry cannot be opened', { code: 'vault_unreadable', chatId, error });
 *
 * The message is a sentence of the program, never built from input. Objects behind it give fields, of which only those of
 * the list in log-fields.ts appear; errors are reduced to class, code and stack frames; other text is dropped, also the
 * stacks that Nest passes as strings, since they begin with a message.
 */
export class JsonLogger implements LoggerService {
  constructor(private readonly pino: Pino) {}

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    this.write(typeof context === 'string' && CHATTER.has(context) ? 'debug' : 'info', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  private write(level: Level, message: unknown, rest: readonly unknown[]): void {
    if (!this.pino.isLevelEnabled(level)) return;
    const context = rest.at(-1);
    const fields = Object.assign(
      typeof context === 'string' ? allowedFields({ context }) : {},
      ...[message, ...rest].map((part) => this.fieldsOf(part)),
    ) as object;
    const text = typeof message === 'string' ? message.slice(0, MESSAGE_CHARACTERS) : undefined;
    this.pino[level](fields, text);
  }

  private fieldsOf(part: unknown): object {
    if (part instanceof Error) return { error: describeError(part) };
    return typeof part === 'object' && part !== null ? allowedFields(part) : {};
  }
}

/** The logger of a process. Lines go to standard output unless tests give a `destination`. */
export function createLogger(config: Pick<Config, 'logLevel'>, destination?: DestinationStream): JsonLogger {
  const options = {
    level: config.logLevel,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    // Whatever gets here has been described already; pino's own serializers print messages and every property.
    serializers: {},
  };
  return new JsonLogger(destination === undefined ? pino(options) : pino(options, destination));
}
