import { isDeepStrictEqual } from 'node:util';
import type { MaskedText } from './masked-text.js';
import type { PlacedText } from './masker.js';
import type { MaskingDraft } from './masking-draft.js';
import { rehydrate } from './rehydrate.js';

/** What only the sender of a message gets: the message as meant, and which placeholder stands for what. */
export type SenderAnswer<View extends MaskedText> = View & {
  readonly message: string;
  readonly piiMapping: Readonly<Record<string, string>>;
};

/**
 * Adds the sender's own values to the public view of their message. Where the view is that of an earlier message with
 * the same client id, only values that this call brought are put back: nothing is read from the vault.
 */
export function answerToSender<View extends MaskedText>(
  view: View,
  placed: PlacedText,
  draft: MaskingDraft,
): SenderAnswer<View> {
  const isThis =
    view.text === placed.text &&
    (view.positions === placed.positions || isDeepStrictEqual(view.positions, placed.positions));
  const message = isThis ? draft.original() : rehydrate(view, placed.mapping);
  // Spread, V8 makes a new hidden class for each of them in its old generation, once it has seen a few shapes of views.
  return Object.assign({}, view, { message, piiMapping: mappingOf(view, placed) });
}

function mappingOf({ positions }: MaskedText, { mapping }: PlacedText): Readonly<Record<string, string>> {
  if (positions.length === 0) return {};
  const shown = new Set(positions.map(({ placeholder }) => placeholder));
  return Object.fromEntries([...mapping].filter(([placeholder]) => shown.has(placeholder)));
}
