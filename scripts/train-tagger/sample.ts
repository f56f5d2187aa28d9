/** A text with what is to be found in it. */
export interface Sample {
  readonly text: string;
  readonly spans: readonly { readonly start: number; readonly end: number; readonly type: string }[];
  /** Made from a template: names are drawn from the gazetteers, so the training hides some of them. */
  readonly synthetic: boolean;
}
