import { requireBounded } from '../draft-message.js';
import { type Finding, MaskingDraft } from '../masking-draft.js';
import { findPlaceholders } from '../placeholder.js';
import { type KnownName, KnownNames, type Mention } from './known-names.js';
import { isRemembered } from './remembered-types.js';

/** A stretch of the text that is not plain. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly finding: Finding;
}

/**
 * Finds names again that the chat knows, or that the text itself gives in full elsewhere. Part of automatic detection:
 * what the caller marked and what is no name stays as it is, and of two names for one place the longer wins. A known name
 * keeps its placeholder; nothing of its value goes into the draft, so that the sender learns no more than was written. Pure.
 * @throws CodedError `payload_too_large`
 */
export function recall(draft: MaskingDraft, known: KnownNames): MaskingDraft {
  if (draft.detected === 'none') return draft;
  // A single word may itself be short for a name.
  const own = draft.findings().filter(({ type, value }) => isRemembered(type) && value.includes(' '));
  if (known.isEmpty && own.length === 0) return draft;
  const names = own.length === 0 ? known : new KnownNames(own.map(nameOf), known);
  const text = draft.original();
  const pieces = new Pieces(draft, text);
  for (const mention of names.find(text)) {
    if (draft.detected === 'all' || draft.detected.has(mention.type)) pieces.place(mention, toFinding(text, mention));
  }
  if (!pieces.changed) return draft;
  const recalled = new MaskingDraft(pieces.segments(), draft.typed, draft.detected);
  requireBounded(recalled);
  return recalled;
}

const nameOf = ({ type, value, proposed }: Finding): KnownName => ({ type, value, ...(proposed && { proposed }) });

/** The findings of a draft by their place in the text. */
class Pieces {
  changed = false;
  private readonly pieces: Piece[] = [];
  /** By character: which piece it belongs to, from 1 on; OUT_OF_BOUNDS in a typed placeholder. */
  private readonly owner: Int32Array;

  constructor(
    draft: MaskingDraft,
    private readonly text: string,
  ) {
    this.owner = new Int32Array(text.length);
    let at = 0;
    for (const segment of draft.segments()) {
      const end = at + (typeof segment === 'string' ? segment : segment.surface).length;
      if (typeof segment !== 'string') this.add({ start: at, end, finding: segment });
      at = end;
    }
    for (const { start, end } of findPlaceholders(text)) this.owner.fill(OUT_OF_BOUNDS, start, end);
  }

  /** Puts a finding in the place of a mention, unless that says nothing new or what stands there does not give way. */
  place(mention: Mention, finding: Finding): void {
    const { start, end } = mention;
    const owners = new Set(this.owner.subarray(start, end));
    owners.delete(0);
    for (const owner of owners) {
      const piece = this.pieces[owner - 1];
      if (!piece || !givesWay(piece, mention) || isSame(piece, finding)) return;
    }
    this.add({ start, end, finding });
    this.changed = true;
  }

  segments(): (string | Finding)[] {
    const { owner, pieces, text } = this;
    const segments: (string | Finding)[] = [];
    for (let at = 0; at < text.length;) {
      const piece = pieces[(owner[at] ?? 0) - 1];
      const end = piece?.end ?? this.plainEnd(at);
      segments.push(piece?.finding ?? text.slice(at, end));
      at = end;
    }
    return segments;
  }

  private plainEnd(start: number): number {
    let end = start + 1;
    while (end < this.text.length && (this.owner[end] ?? 0) <= 0) end += 1;
    return end;
  }

  private add(piece: Piece): void {
    this.owner.fill(this.pieces.push(piece), piece.start, piece.end);
  }
}

const OUT_OF_BOUNDS = -1;

/** What the caller marked keeps its bounds; a name may still be one that is known. */
function givesWay({ start, end, finding }: Piece, mention: Mention): boolean {
  if (finding.proposed !== undefined || finding.placeholder !== undefined || !isRemembered(finding.type)) return false;
  if (!finding.automatic) return start === mention.start && end === mention.end;
  return mention.start <= start && end <= mention.end;
}

const isSame = ({ finding: { type, surface, value } }: Piece, other: Finding): boolean =>
  other.placeholder === undefined && type === other.type && surface === other.surface && value === other.value;

function toFinding(text: string, { start, end, type, who }: Mention): Finding {
  const surface = text.slice(start, end);
  const finding = { type, value: surface, surface, automatic: true };
  if (!who) return finding;
  if (who.placeholder !== undefined) {
    const { placeholder, keyVersion } = who;
    return { ...finding, placeholder, ...(keyVersion !== undefined && { keyVersion }) };
  }
  // A name of this very text is its sender's own: it is passed on in full, to get the placeholder that is yet to be given.
  return { ...finding, value: who.value, ...(who.proposed !== undefined && { proposed: who.proposed }) };
}
