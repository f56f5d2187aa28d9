import type { MessageView } from './message-view.js';

/** Somebody set a reaction to a message, or took it back. */
export interface ReactionChange {
  readonly spaceId: string;
  readonly chatId: string;
  readonly seq: number;
  readonly messageId: string;
  readonly userId: string;
  readonly reaction: string;
  readonly on: boolean;
}

/** One durable event of a chat. `seq` counts them all, without gaps: 1, 2, 3 … */
export type ChatEvent =
  | { readonly kind: 'created' | 'updated' | 'deleted'; readonly seq: number; readonly message: MessageView }
  | { readonly kind: 'reaction'; readonly seq: number; readonly change: ReactionChange };

export const chatOf = (event: ChatEvent): string =>
  event.kind === 'reaction' ? event.change.chatId : event.message.chatId;

/** The event of a message's creation. What was changed since has events of its own, hence no trace of it here. */
export function created(view: MessageView): ChatEvent {
  const { updatedSeq, ...message } = view;
  return { kind: 'created', seq: message.seq, message };
}

/** A socket, or a room of them. */
interface Emitter {
  emit(name: string, payload: unknown): unknown;
}

const NAMES = { created: 'message:created', updated: 'message:updated', deleted: 'message:deleted' } as const;

/** Puts an event on the wire. @param original the rehydrated text, for readers entitled to it */
export function emitEvent(to: Emitter, event: ChatEvent, original?: string): void {
  if (event.kind === 'reaction') to.emit('reaction:updated', event.change);
  else to.emit(NAMES[event.kind], original === undefined ? event.message : { ...event.message, message: original });
}
