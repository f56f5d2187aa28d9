/** A word of a text, cut into the pieces that the vocabulary of a model has. UTF-16 offsets. */
export interface Word {
  readonly start: number;
  readonly end: number;
  /** Ids of its pieces; the one of `[UNK]` where the vocabulary cannot spell it. */
  readonly pieces: readonly number[];
}

// Letters, digits and marks in a row; every other sign alone, and every Chinese character, as BERT was trained.
const WORD = /\p{Script=Han}|(?:(?!\p{Script=Han})[\p{L}\p{N}\p{M}])+|[^\s\p{L}\p{N}\p{M}]/gu;
const ACCENTS = /\p{Mn}/gu;
/** As in BERT's own tokenizer: longer words are not worth spelling. */
const MAX_WORD = 100;

/** Cuts texts into word pieces, the longest first (Wu et al., 2016), by the `vocab.txt` of a BERT model. */
export class WordPieces {
  private readonly ids: ReadonlyMap<string, number>;
  private readonly unknown: number;
  readonly first: number;
  readonly last: number;

  /** @throws RangeError when the vocabulary lacks `[UNK]`, `[CLS]` or `[SEP]` */
  constructor(
    vocabulary: string,
    private readonly lowerCase: boolean,
  ) {
    this.ids = new Map(vocabulary.split(/\r?\n/).map((piece, id) => [piece, id]));
    this.unknown = this.idOf('[UNK]');
    this.first = this.idOf('[CLS]');
    this.last = this.idOf('[SEP]');
  }

  words(text: string): Word[] {
    return Array.from(text.matchAll(WORD), ({ 0: word, index }) => ({
      start: index,
      end: index + word.length,
      pieces: this.spell(this.lowerCase ? word.toLowerCase().normalize('NFD').replace(ACCENTS, '') : word),
    }));
  }

  private spell(word: string): number[] {
    if (word.length > MAX_WORD) return [this.unknown];
    const pieces: number[] = [];
    for (let from = 0; from < word.length;) {
      let to = word.length;
      let id: number | undefined;
      while (to > from && (id = this.ids.get((from > 0 ? '##' : '') + word.slice(from, to))) === undefined) to -= 1;
      if (id === undefined) return [this.unknown];
      pieces.push(id);
      from = to;
    }
    return pieces.length > 0 ? pieces : [this.unknown];
  }

  private idOf(piece: string): number {
    const id = this.ids.get(piece);
    if (id === undefined) throw new RangeError('not the vocabulary of a BERT model');
    return id;
  }
}
