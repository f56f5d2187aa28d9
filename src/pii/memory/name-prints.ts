import { SPACELESS } from '../word-edges.js';
import { fingerprint, type ChatKey } from '../vault/value-cipher.js';
import { FormTable, type KnownName, type NameSource, NO_MEANINGS } from './known-names.js';
import { firstWordOf, formsOf, lengthOf } from './name-forms.js';
import { isRemembered } from './remembered-types.js';

/*
 * The forms of a name as a chat keeps them that keeps no values: for each form a record of
 *   words and, as the highest bit, whether it is the name in full 1 | print of the first word 16 | print of the form 16
 * Prints are keyed as the fingerprints of values are, and can be compared with none of these.
 */
const PRINT_BYTES = 16;
const RECORD_BYTES = 1 + 2 * PRINT_BYTES;
const WHOLE = 0x80;
/** No value holds this character. */
const LABEL = '\0name\0';

const printOf = (key: ChatKey, words: string): Buffer => fingerprint(key, LABEL + words).subarray(0, PRINT_BYTES);

/** Null for what is not found again by its words: other types, and scripts that put no space between them. */
export function namePrints(key: ChatKey, type: string, value: string): Buffer | null {
  if (!isRemembered(type) || SPACELESS.test(value)) return null;
  const records = formsOf(type, value).map(({ words, whole }) =>
    Buffer.concat([
      Buffer.of(lengthOf(words) | (whole ? WHOLE : 0)),
      printOf(key, firstWordOf(words)),
      printOf(key, words),
    ]),
  );
  return records.length > 0 ? Buffer.concat(records) : null;
}

/** A name that is found again by its prints. */
export interface PrintedName {
  readonly type: string;
  readonly placeholder: string;
  /** Of the chat's key when it had that placeholder. */
  readonly keyVersion: number;
}

/** The names of a chat by the prints of their forms: nobody can tell the names from it, and whoever has the key finds them. */
export class PrintedNames {
  private readonly forms = new FormTable();
  private readonly placeholders = new Set<string>();

  get isEmpty(): boolean {
    return this.forms.isEmpty;
  }

  get size(): number {
    return this.placeholders.size;
  }

  /** One that is known already adds nothing: in short forms it would be taken for another person. */
  add({ type, placeholder, keyVersion }: PrintedName, prints: Buffer): void {
    if (this.placeholders.has(placeholder)) return;
    this.placeholders.add(placeholder);
    const name: KnownName = { type, value: '', placeholder, keyVersion };
    for (let at = 0; at + RECORD_BYTES <= prints.length; at += RECORD_BYTES) {
      const head = prints.readUInt8(at);
      const [first, form] = [1, 1 + PRINT_BYTES].map((from) => keyAt(prints, at + from));
      this.forms.add(form ?? '', first ?? '', head & ~WHOLE, name, (head & WHOLE) !== 0);
    }
  }

  /** What the prints say while somebody holds the key; good for one text. */
  with(key: ChatKey): NameSource {
    const { forms } = this;
    const keys = new Map<string, string>();
    const keyOf = (words: string): string => {
      const known = keys.get(words) ?? keyAt(printOf(key, words), 0);
      keys.set(words, known);
      return known;
    };
    return {
      isEmpty: this.isEmpty,
      longest: (first) => forms.longest(keyOf(first)),
      lookUp: (words) => forms.lookUp(keyOf(words)) ?? NO_MEANINGS,
      spaceless: [],
    };
  }
}

const keyAt = (prints: Buffer, at: number): string => prints.toString('latin1', at, at + PRINT_BYTES);
