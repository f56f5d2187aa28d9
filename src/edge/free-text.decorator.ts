import { SetMetadata } from '@nestjs/common';

export const FREE_TEXT = 'edge:free-text';

/** Body members of a handler that hold free text beside messages (names, titles) or ids chosen by the caller. */
export interface FreeText {
  /** Members that are masked for good: originals are kept nowhere. */
  readonly masked?: readonly string[];
  /** As `masked`, but names of people and places may stay: the member exists to hold a name. */
  readonly names?: readonly string[];
  /** Ids, or lists of them: refused with `pii_in_identifier` where a recognizer fires, since an altered id would be useless. */
  readonly identifiers?: readonly string[];
}

/** Tells the PII room, which knows how to mask, what of this handler's body to mask before it is validated. */
export const MaskFreeText = (fields: FreeText) => SetMetadata(FREE_TEXT, fields);
