import type { MessageView } from '../messages/message-view.js';

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

/** Somebody pinned a message to the chat, or took the pin off. */
export interface PinChange {
  readonly spaceId: string;
  readonly chatId: string;
  readonly seq: number;
  readonly messageId: string;
  readonly userId: string;
  readonly pinned: boolean;
}

/** What can happen to a message after its creation, as the table of changes names it. */
export type ChangeKind = 'updated' | 'deleted' | 'reaction' | 'pinned' | 'unpinned';

/** One durable event of a chat. `seq` counts them all, without gaps: 1, 2, 3 … */
export type ChatEvent =
  | { readonly kind: 'created' | 'updated' | 'deleted'; readonly seq: number; readonly message: MessageView }
  | { readonly kind: 'reaction'; readonly seq: number; readonly change: ReactionChange }
  | { readonly kind: 'pin'; readonly seq: number; readonly change: PinChange };

export const chatOf = (event: ChatEvent): string => ('message' in event ? event.message.chatId : event.change.chatId);

/** The event of a message's creation. What was changed since has events of its own, hence no trace of it here. */
export function created(view: MessageView): ChatEvent {
  if (view.updatedSeq === undefined) return { kind: 'created', seq: view.seq, message: view };
  const { updatedSeq, ...message } = view;
  return { kind: 'created', seq: message.seq, message };
}

const NAMES = { created: 'message:created', updated: 'message:updated', deleted: 'message:deleted' } as const;

/** Name and payload on the wire. @param original the rehydrated text, for readers entitled to it */
export function onWire(event: ChatEvent, original?: string): readonly [name: string, payload: unknown] {
  if (event.kind === 'reaction') return ['reaction:updated', event.change];
  if (event.kind === 'pin') return ['pin:updated', event.change];
  return [NAMES[event.kind], original === undefined ? event.message : { ...event.message, message: original }];
}
