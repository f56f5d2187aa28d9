import type { IncomingMessage } from 'node:http';
import type { INestApplicationContext } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import type { Server, ServerOptions } from 'socket.io';
import { Config } from '../../config/config.js';
import { CodedError } from '../../errors/coded-error.js';
import { toCodedError } from '../../errors/to-coded-error.js';
import { SecurityLog } from '../../logging/security-log.js';
import { RateLimits } from '../../auth/rate-limits.js';
import { coalesceWrites, type EngineConnection } from './coalesced-writes.js';
import type { HeardConnection } from './chat-socket.js';
import { Doorstep } from './doorstep.js';
import { packetParser } from './packet-encoder.js';
import { NAMESPACE } from '../wire.js';

const MAX_FRAME_BYTES = 64 * 1024;
const CONNECT_TIMEOUT_MS = 10_000;

/** What of an Engine.IO connection is used here. */
interface RawConnection extends EngineConnection, HeardConnection {
  readonly request: IncomingMessage;
  /** A packet that is its type alone comes without data. */
  on(event: 'data', listener: (this: RawConnection, data?: string | Buffer) => void): void;
  on(event: 'close', listener: (this: RawConnection) => void): void;
  close(discard?: boolean): void;
}

/** Sets up Socket.IO: which transports, origins and frames are taken at all. */
export class ChatSocketAdapter extends IoAdapter {
  private readonly doorstep: Doorstep;
  private readonly security: SecurityLog;

  constructor(
    app: INestApplicationContext,
    private readonly config: Config,
    private readonly isOriginAllowed: (origin: string) => boolean,
  ) {
    super(app);
    this.security = app.get(SecurityLog, { strict: false });
    this.doorstep = new Doorstep(app.get(RateLimits, { strict: false }), config.trustProxyHops);
  }

  override createIOServer(port: number, options?: Partial<ServerOptions>): Server {
    const server = super.createIOServer(port, {
      ...options,
      transports: [...this.config.socketTransports],
      maxHttpBufferSize: MAX_FRAME_BYTES,
      connectTimeout: CONNECT_TIMEOUT_MS,
      // Compression costs ten times the CPU on small frames; recovery is ours, by lastSeq, with rights evaluated anew.
      perMessageDeflate: false,
      httpCompression: false,
      serveClient: false,
      parser: packetParser,
      cors: { origin: (origin, allow) => allow(null, origin === undefined || this.isOriginAllowed(origin)) },
      // `cors` does not stop a WebSocket from a foreign page; this does. No Origin means no browser.
      allowRequest: (request: IncomingMessage, decide) => {
        try {
          this.allow(request);
          decide(null, true);
        } catch (error) {
          const { code } = toCodedError(error);
          this.security.refused(code, { event: 'upgrade' });
          decide(code, false);
        }
      },
    } as ServerOptions);
    server.use((_socket, next) => {
      this.security.refused('namespace_not_served', { event: 'connect' });
      next(refusal('namespace_not_served'));
    });
    const { doorstep } = this;
    // The same two functions for all connections, and no third listener: each of them takes memory as long as it lasts.
    function onData(this: RawConnection, data: string | Buffer = ''): void {
      this.heardBytes = (this.heardBytes ?? 0) + Buffer.byteLength(data);
      doorstep.leave(this.request);
      if (typeof data !== 'string' || isBinary(data)) this.close(true);
      // Socket.IO answers such a CONNECT itself; closing waits until the answer is written.
      else if (isForeignConnect(data)) setImmediate(() => this.close());
    }
    function onClose(this: RawConnection): void {
      doorstep.leave(this.request);
    }
    server.engine.on('connection', (connection: RawConnection) => {
      coalesceWrites(connection);
      doorstep.wait(connection.request);
      connection.on('close', onClose);
      connection.on('data', onData);
    });
    return server;
  }

  /** @throws CodedError */
  private allow(request: IncomingMessage): void {
    const { origin } = request.headers;
    if (origin !== undefined && !this.isOriginAllowed(origin)) throw new CodedError('origin_not_allowed');
    this.doorstep.arrive(request);
  }

  /**
   * The ChatGateway listens for connections itself: Nest would tell each of the gateways of each of them, bind all of their
   * handlers anew, and leave a listener for each gateway with every socket.
   */
  override bindClientConnect(): void {}

  /** Events go through the EventDispatch; Nest's own binding would answer them a second time. */
  override bindMessageHandlers(): void {}
}

function refusal(code: 'namespace_not_served'): Error {
  const { entry } = new CodedError(code);
  return Object.assign(new Error(entry.title), { data: { code } });
}

/** Packets that announce binary attachments (types 5 and 6): nothing here takes any. */
const isBinary = (packet: string): boolean => packet.startsWith('5') || packet.startsWith('6');

/** A CONNECT packet (type 0) for another namespace than ours. */
const isForeignConnect = (packet: string): boolean =>
  packet.startsWith('0') && packet !== `0${NAMESPACE}` && !/^0\/connect[,?]/.test(packet);
