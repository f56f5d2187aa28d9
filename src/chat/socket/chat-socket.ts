import type { Namespace, Socket } from 'socket.io';
import type { ChatSession } from './chat-session.js';
import type { ClientToServer, ServerToClient } from '../wire.js';

export interface SocketData {
  /** Where it comes from, as far as our own proxies are believed; from its admission on. */
  address?: string;
  /** Undefined between `chat:disconnect` and the next `chat:connect`. */
  session?: ChatSession | undefined;
  /** Of the session or, where there is none, of the last one: what log and audit call it. */
  sessionId?: string;
}

/** What is noted on the Engine.IO connection of a socket. */
export interface HeardConnection {
  /** Bytes of the frames that came since the last event: its size is known only where its frame comes in. */
  heardBytes?: number;
}

type NoEvents = Record<string, never>;

export type ChatSocket = Socket<ClientToServer, ServerToClient, NoEvents, SocketData>;
export type ChatNamespace = Namespace<ClientToServer, ServerToClient, NoEvents, SocketData>;
