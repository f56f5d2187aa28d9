import { assemble, type PlacedText } from './masker.js';
import type { Finding, MaskingDraft } from './masking-draft.js';
import { normalizeValue } from './normalize.js';
import { formatPlaceholder } from './placeholder.js';
import { choosePlaceholders } from './vault/placeholder-choice.js';

/** Replaces findings by placeholders numbered within the text, when there is no chat to number them by. Pure. */
export function numberedAlone(draft: MaskingDraft): PlacedText {
  const byValue = new Map<string, Finding>();
  for (const finding of draft.findings()) {
    const value = normalizeValue(finding.type, finding.value);
    if (!byValue.has(value)) byValue.set(value, finding);
  }
  const distinct = [...byValue];
  const names = choosePlaceholders(
    distinct.map(([, finding]) => finding),
    () => ({ lowest: 1, taken: new Set() }),
    draft.typed,
  );
  const nameOf = new Map(
    distinct.map(([value], index) => {
      const { type, number } = names[index] ?? { type: '', number: 1 };
      return [value, formatPlaceholder(type, number)];
    }),
  );
  const placeholders = new Map(
    draft
      .findings()
      .map((finding) => [finding, nameOf.get(normalizeValue(finding.type, finding.value)) ?? ''] as const),
  );
  return assemble(draft, placeholders, new Map());
}
