/** Where a placeholder stands in a masked text: Unicode code points, end exclusive. */
export interface Position {
  readonly start: number;
  readonly end: number;
  readonly type: string;
  readonly placeholder: string;
}

/** A text that may be stored and shown to every reader, and where in it placeholders stand. */
export interface MaskedText {
  readonly text: string;
  /** From left to right, without overlaps. Only these are ever rehydrated; characters that look alike are not. */
  readonly positions: readonly Position[];
}

export const placeholdersOf = (texts: readonly MaskedText[]): string[] =>
  texts.flatMap(({ positions }) => positions.map(({ placeholder }) => placeholder));
