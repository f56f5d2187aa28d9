import type { ServerToClient, SessionEnd, SessionInfo } from '../chat/wire.js';
import type { CloakroomError } from './cloakroom-error.js';

/** Everything that can be listened to: what the service sends, and what becomes of the connection. */
export interface ChatEvents extends ServerToClient {
  /** The chat is there, for the first time or again. */
  connected: (session: SessionInfo) => void;
  /** The connection is lost, and another one is on its way. */
  disconnected: (end: SessionEnd | undefined) => void;
  /**
   * More was missed than the service replays. Messages in between have been read from the history and delivered; changes
   * of older ones have not: read again what is on show.
   */
  gap: (gap: { readonly after: number; readonly seq: number }) => void;
  /** The end: by `close()`, or for the reason given. */
  closed: (reason: CloakroomError | undefined) => void;
}

type Listener = (payload: unknown) => void;

export class Listeners {
  private readonly byEvent = new Map<string, Set<Listener>>();

  /** @returns what removes the listener */
  on<Event extends keyof ChatEvents>(event: Event, listener: ChatEvents[Event]): () => void {
    const listeners = this.byEvent.get(event) ?? new Set();
    this.byEvent.set(event, listeners.add(listener as Listener));
    return () => void listeners.delete(listener as Listener);
  }

  tell(event: string, payload: unknown): void {
    for (const listener of this.byEvent.get(event) ?? []) listener(payload);
  }
}
