import { CodedError } from '../errors/coded-error.js';
import { NO_OFFSET, toCodePointOffsets, toUtf16Offsets } from './codePoints.js';
import { checkSpansFit, type PiiInstructions } from './instructions.js';
import { exactOccurrences, type MappedSpan, variantOccurrences } from './mapping-occurrences.js';
import { type Finding, MaskingDraft } from './masking-draft.js';
import { formatPlaceholder, MAX_PLACEHOLDER_NUMBER, typedNumbers } from './placeholder.js';
import { resolveOverlaps, type Span } from './span.js';
import type { TypesToDetect } from './types-to-detect.js';

/** Most bytes that a text may have once its placeholders are values again, or its values placeholders. */
export const MAX_REHYDRATED_BYTES = 256 * 1024;

/**
 * Settles what is to be replaced in a text: the caller's positions, the caller's mapping, what was detected, in this
 * precedence (contract section 6). Pure; placeholders are chosen later, when everything else about the message is sound.
 * @param automatic what `Detection` found, in UTF-16 offsets
 * @param types what it looked for: within these, names that the chat knows are found again
 * @throws CodedError `bad_span`, `payload_too_large`
 */
export function draftMessage(
  text: string,
  instructions: PiiInstructions,
  automatic: readonly Span[],
  types: TypesToDetect = 'none',
): MaskingDraft {
  const positions = positionSpans(text, instructions);
  const mapping = instructions.mapping ? mappedSpans(text, instructions.mapping, positions, automatic) : [];
  const spans = resolveOverlaps(text, { positions, mapping, automatic });

  const own = new Set<Span>([...positions, ...mapping]);
  const segments: (string | Finding)[] = [];
  let at = 0;
  for (const span of spans) {
    if (span.start > at) segments.push(text.slice(at, span.start));
    segments.push(own.has(span) ? toFinding(text, span) : { ...toFinding(text, span), automatic: true });
    at = span.end;
  }
  if (at < text.length || segments.length === 0) segments.push(text.slice(at));
  const draft = new MaskingDraft(segments, typedPlaceholders(segments), types);
  requireBounded(draft);
  return draft;
}

/** @throws CodedError `payload_too_large` when the text could become too long by its values or its placeholders */
export function requireBounded(draft: MaskingDraft): void {
  if (Math.max(Buffer.byteLength(draft.original()), maskedBytes(draft.segments())) > MAX_REHYDRATED_BYTES) {
    throw new CodedError('payload_too_large');
  }
}

/** How long the masked text may become: `<TYPE_999999>` for a value, where the caller proposed nothing else. */
function maskedBytes(segments: readonly (string | Finding)[]): number {
  let bytes = 0;
  for (const segment of segments) {
    if (typeof segment === 'string') bytes += Buffer.byteLength(segment);
    else bytes += segment.proposed?.length ?? formatPlaceholder(segment.type, MAX_PLACEHOLDER_NUMBER).length;
  }
  return bytes;
}

function positionSpans(text: string, { positions = [] }: PiiInstructions): Span[] {
  if (positions.length === 0) return [];
  checkSpansFit(positions, toCodePointOffsets(text, [text.length])[0] ?? 0);
  const offsets = toUtf16Offsets(
    text,
    positions.flatMap(({ start, end }) => [start, end]),
  );
  return positions.map(({ type }, index) => {
    const start = offsets[2 * index] ?? NO_OFFSET;
    const end = offsets[2 * index + 1] ?? NO_OFFSET;
    if (start === NO_OFFSET || end === NO_OFFSET) throw new CodedError('bad_span', { index });
    return { start, end, type, score: 1 };
  });
}

function toFinding(text: string, span: Span | MappedSpan): Finding {
  const written = text.slice(span.start, span.end);
  if (!('proposed' in span)) return { type: span.type, value: written, surface: written };
  const { type, value, proposed, form } = span;
  return { type, value, proposed, surface: form === 'placeholder' ? value : written };
}

/**
 * Where the values of a mapping stand. In another case or form they give way to something longer around them: the "ada" of
 * ada@example.org is part of the address, although the mapping has an Ada.
 */
function mappedSpans(
  text: string,
  mapping: ReadonlyMap<string, string>,
  positions: readonly Span[],
  automatic: readonly Span[],
): MappedSpan[] {
  const exact = exactOccurrences(text, mapping, positions);
  const variants = variantOccurrences(text, mapping, [...positions, ...exact]);
  let at = 0;
  const isWithinLonger = ({ start, end }: Span): boolean => {
    while ((automatic[at]?.end ?? Infinity) <= start) at += 1;
    const around = automatic[at];
    return (
      around !== undefined && around.start <= start && end <= around.end && end - start < around.end - around.start
    );
  };
  return [...exact, ...variants.filter((variant) => !isWithinLonger(variant))];
}

function typedPlaceholders(segments: readonly (string | Finding)[]): Set<string> {
  // Joined by a character that no placeholder has, so that none comes into being across a gap.
  const plain = segments.map((segment) => (typeof segment === 'string' ? segment : '\0')).join('');
  return typedNumbers(plain);
}
