import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { type ErrorCode, ERROR_TABLE } from '../errors/code-table.js';
import type { LogFields } from './log-fields.js';

/** What is told of the security of the service: all lines of the context `SecurityLog` (docs/logs.md). */
export const SECURITY_LINES = Object.freeze({
  accepted: 'a credential was accepted',
  opened: 'a session was opened',
  ended: 'a session was ended',
  unauthenticated: 'a credential was refused',
  unauthorized: 'an access was refused',
  excessive: 'a limit was exceeded',
  unsound: 'an input was refused',
  keyMade: 'an API key was made',
  keyRevoked: 'an API key was revoked',
  signingKeyRevoked: 'a signing key was revoked',
  sessionEnded: 'the end of a session was asked for',
  sessionsEnded: 'the end of all sessions of a user was asked for',
  untold: 'more came than is told',
});

/** Where something happened: ids and words of the program, never anything that came in. */
export type SecurityPlace = Pick<
  LogFields,
  'event' | 'method' | 'route' | 'requestId' | 'sessionId' | 'workspaceId' | 'chatId'
>;

/** Who did it, as far as that is known. */
interface Actor {
  readonly userId: string;
  readonly credentialId: string;
}

interface Told {
  readonly line: keyof typeof SECURITY_LINES;
  readonly fields: LogFields;
  /** How often it came again. */
  count: number;
}

const INTERVAL_MS = 60_000;
/** Different things that are told in one interval. */
const MAX_TOLD = 20_000;

/**
 * Tells who came in, and of whatever was refused. What is the same but for its request and session is told at once, and
 * after a minute by `count` how often it came again: nobody fills the log by being refused.
 */
@Injectable()
export class SecurityLog implements OnModuleDestroy {
  private readonly logger = new Logger(SecurityLog.name);
  private readonly told = new Map<string, Told>();
  private untold = 0;
  private readonly timer = setInterval(() => this.sumUp(), INTERVAL_MS).unref();

  /** A credential proved to be good. */
  accepted(credential: 'api_key' | 'bearer_token', actor: Actor, place: SecurityPlace): void {
    this.tell('accepted', { credential, ...place, ...named(actor) });
  }

  /** A connection string opened a session, or renewed one. */
  opened(actor: Actor, place: SecurityPlace): void {
    this.tell('opened', { credential: 'connection_string', ...place, ...named(actor) });
  }

  /** The service ended a session. */
  ended(code: ErrorCode, actor: Actor, place: SecurityPlace): void {
    this.tell('ended', { code, ...place, ...named(actor) });
  }

  /** A call, event or connection was refused. Failures of the service are no business of this log. */
  refused(code: ErrorCode, place: SecurityPlace, actor?: Actor): void {
    const line = lineOf(code);
    if (line) this.tell(line, { code, ...place, ...(actor && named(actor)) });
  }

  /** A key was made or revoked, or the end of sessions asked for. */
  changed(
    line: 'keyMade' | 'keyRevoked' | 'signingKeyRevoked' | 'sessionEnded' | 'sessionsEnded',
    { userId }: Actor,
    what: Pick<LogFields, 'keyId' | 'kid' | 'sessionId'>,
  ): void {
    this.tell(line, { userId, ...what });
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    this.sumUp();
  }

  private tell(line: keyof typeof SECURITY_LINES, whole: LogFields): void {
    const { requestId: _request, sessionId: _session, ...fields } = whole;
    const same = `${line} ${Object.values(fields).join(' ')}`;
    const told = this.told.get(same);
    if (told) told.count += 1;
    else if (this.told.size >= MAX_TOLD) this.untold += 1;
    else {
      this.told.set(same, { line, fields, count: 0 });
      this.logger.log(SECURITY_LINES[line], whole);
    }
  }

  private sumUp(): void {
    for (const { line, fields, count } of this.told.values()) {
      if (count > 0) this.logger.log(SECURITY_LINES[line], { ...fields, count });
    }
    if (this.untold > 0) this.logger.warn(SECURITY_LINES.untold, { count: this.untold });
    this.told.clear();
    this.untold = 0;
  }
}

const named = ({ userId, credentialId }: Actor): LogFields => ({ userId, keyId: credentialId });

function lineOf(code: ErrorCode): keyof typeof SECURITY_LINES | undefined {
  const { status } = ERROR_TABLE[code];
  if (status >= 500) return undefined;
  if (status === 401) return 'unauthenticated';
  if (status === 403 || status === 404) return 'unauthorized';
  return status === 429 ? 'excessive' : 'unsound';
}
