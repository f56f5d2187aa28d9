import { inspect } from 'node:util';
import type { TypesToDetect } from './types-to-detect.js';
import type { FoundValue } from './vault/placeholder-choice.js';

/** A value in a text, to be replaced. */
export interface Finding extends FoundValue {
  /** How the text spells it; `value` may be the caller's own spelling. */
  readonly surface: string;
  /** Whether the service found it, and not the caller. */
  readonly automatic?: boolean;
  /** Of a name that the chat knows already: its placeholder, which may stand for more than the text says. */
  readonly placeholder?: string;
  /** Of the chat's key when the name had that placeholder. */
  readonly keyVersion?: number;
}

/**
 * A message between detection and the store: cut into plain pieces and findings. It is what handlers pass on instead of
 * the clear text, and it never shows itself: not as JSON, not as a string, not in a log.
 */
export class MaskingDraft {
  readonly #segments: readonly (string | Finding)[];

  constructor(
    segments: readonly (string | Finding)[],
    /** Placeholders that somebody merely typed; no value may get their number from this text. */
    readonly typed: ReadonlySet<string>,
    /** Within these, names that the chat knows are still to be found. */
    readonly detected: TypesToDetect = 'none',
  ) {
    this.#segments = segments;
  }

  /** For the rooms that replace findings. */
  segments(): readonly (string | Finding)[] {
    return this.#segments;
  }

  findings(): Finding[] {
    return this.#segments.filter((segment) => typeof segment !== 'string');
  }

  /** The text as its sender means it. Only ever answered to the sender. */
  original(): string {
    return this.#segments.map((segment) => (typeof segment === 'string' ? segment : segment.surface)).join('');
  }

  toString(): string {
    return '[MaskingDraft]';
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
