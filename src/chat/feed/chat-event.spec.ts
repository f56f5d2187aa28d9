import { describe, expect, it } from '@jest/globals';
import { type ChatEvent, onWire } from './chat-event.js';
import type { MessageView } from '../messages/message-view.js';
import { SEQUENCE_OF } from '../wire.js';

const ids = { spaceId: 's', chatId: 'c', messageId: 'm', userId: 'u', seq: 7 };
const message = { id: 'm', seq: 3, updatedSeq: 7, text: '' } as unknown as MessageView;

/** One of each kind: a kind that is missing here does not compile. */
const EVENTS: { readonly [Kind in ChatEvent['kind']]: ChatEvent & { readonly kind: Kind } } = {
  created: { kind: 'created', seq: 7, message: { ...message, seq: 7 } },
  updated: { kind: 'updated', seq: 7, message },
  deleted: { kind: 'deleted', seq: 7, message },
  reaction: { kind: 'reaction', seq: 7, change: { ...ids, reaction: ':tada:', on: true } },
  pin: { kind: 'pin', seq: 7, change: { ...ids, pinned: true } },
};

describe('a durable event', () => {
  it.each(Object.values(EVENTS))('carries its sequence where clients look for it: $kind', (event) => {
    const [name, payload] = onWire(event);
    const member: string | undefined = (SEQUENCE_OF as Readonly<Record<string, string>>)[name];
    expect((payload as Readonly<Record<string, unknown>>)[String(member)]).toBe(7);
  });
});
