import { Injectable, Logger } from '@nestjs/common';
import type { Principal } from '../../auth/principal.js';
import { RateLimits } from '../../auth/rate-limits.js';
import { Config } from '../../config/config.js';
import { CodedError } from '../../errors/coded-error.js';
import { toCodedError } from '../../errors/to-coded-error.js';
import { SecurityLog } from '../../logging/security-log.js';
import type { ChatSession } from './chat-session.js';
import type { ChatSocket } from './chat-socket.js';
import { peerAddress } from './peer-address.js';
import { SessionOpener } from './session-opener.js';
import { Sessions } from './sessions.js';
import { readHandshake } from './socket-forms.js';
import { SocketQuota } from './socket-quota.js';
import type { Handshake } from '../wire.js';

/** Lets sockets in, and sessions begin: within the limits of address and user, and with a sound connection string. */
@Injectable()
export class Admission {
  private readonly logger = new Logger(Admission.name);
  /** Connections that have asked to be let in. Each may ask once, so that nobody guesses on. */
  private readonly knocked = new WeakSet<object>();
  private closed = false;

  constructor(
    private readonly config: Config,
    private readonly limits: RateLimits,
    private readonly quota: SocketQuota,
    private readonly opener: SessionOpener,
    private readonly sessions: Sessions,
    private readonly security: SecurityLog,
  ) {}

  /** From now on nobody is let in who is not in already. */
  close(): void {
    this.closed = true;
  }

  /** Namespace middleware: the whole of what happens before a socket exists for anybody. */
  async admit(socket: ChatSocket, next: (error?: Error) => void): Promise<void> {
    const { conn } = socket;
    if (this.knocked.has(conn)) {
      conn.close();
      return next();
    }
    this.knocked.add(conn);
    try {
      socket.data.session = await this.enter(socket);
      // A connection that closes before the socket is accepted ends it without a word to anybody else.
      if (conn.readyState === 'closed') this.sessions.leave(socket);
      next();
    } catch (error) {
      const coded = toCodedError(error);
      if (coded !== error) this.logger.error('a handshake failed', { error });
      this.security.refused(coded.code, { event: 'connect' });
      next(Object.assign(new Error(coded.entry.title), { data: { code: coded.code, ...coded.details } }));
      // Whoever may guess on would guess on without end. Closing waits until the answer is written.
      setImmediate(() => conn.close());
    }
  }

  /** Another session for a socket that is in already. @throws CodedError */
  async open(socket: ChatSocket, handshake: Partial<Handshake>): Promise<ChatSession> {
    const address = this.addressOf(socket);
    this.limits.hear(address);
    return this.judged(
      address,
      this.opener.open(handshake, (principal) => this.limits.connect(principal, address)),
    );
  }

  private async enter(socket: ChatSocket): Promise<ChatSession> {
    const address = this.addressOf(socket);
    if (this.closed) throw new CodedError('server_shutdown');
    this.limits.knock(address);
    let leave = (): void => undefined;
    const permit = (principal: Principal): void => {
      this.limits.connect(principal, address);
      leave = this.onClose(socket, this.quota.take(principal, address));
    };
    try {
      const handshake = async () => this.opener.open(readHandshake(socket.handshake.auth), permit);
      return await this.judged(address, handshake());
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** One listener for all that has to be done then: there is one for each socket, for as long as it lasts. */
  private onClose(socket: ChatSocket, caller: string): () => void {
    let held = true;
    const leave = (): void => {
      if (held) this.quota.giveBack(caller);
      held = false;
      this.sessions.leave(socket);
    };
    if (socket.conn.readyState === 'closed') leave();
    else socket.conn.on('close', leave);
    return leave;
  }

  /** Notes who came in, and what was no connection string of ours: an expired or used one is no attempt at guessing. */
  private async judged(address: string, opening: Promise<ChatSession>): Promise<ChatSession> {
    try {
      const session = await opening;
      this.security.opened(session.principal, session.place);
      return session;
    } catch (error) {
      if (isGuess(toCodedError(error))) this.limits.fail(address);
      throw error;
    }
  }

  private addressOf({ data, handshake }: ChatSocket): string {
    return (data.address ??= peerAddress(handshake.headers, handshake.address, this.config.trustProxyHops));
  }
}

const isGuess = ({ code }: CodedError): boolean =>
  code === 'connection_string_invalid' || code === 'connection_string_missing';
