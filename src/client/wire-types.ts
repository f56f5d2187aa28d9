import type { Ack, ClientToServer } from '../chat/wire.js';

export type ClientEvent = keyof ClientToServer;

/** What a client event carries. */
export type PayloadOf<Event extends ClientEvent> = Parameters<ClientToServer[Event]>[0];

/** What its ack answers. */
export type DataOf<Event extends ClientEvent> = Parameters<ClientToServer[Event]>[1] extends (
  ack: Ack<infer Data>,
) => void
  ? Data
  : never;

/** Events that carry a message string, which this client makes. */
export type SignedEvent = {
  [Event in ClientEvent]: PayloadOf<Event> extends { readonly messageString: string } ? Event : never;
}[ClientEvent];

/** What a caller says of such an event; `clientMessageId` is drawn where it is left out. */
export type UnsignedPayload<Event extends SignedEvent> = Omit<PayloadOf<Event>, 'messageString' | 'counter'>;
