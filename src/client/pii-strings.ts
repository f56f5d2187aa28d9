/** A part of a message that your own detector found, in Unicode code points, end exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly type: string;
}

/** What the sender says about personal data in a message; see "The four PII headers" in the README. */
export interface PiiOptions {
  /** Placeholder to value: every occurrence of a value is replaced, also within a longer word. */
  readonly piiMapping?: Readonly<Record<string, string>>;
  /** Whether the service detects by itself, or the types that it looks for. */
  readonly autoPiiMapping?: boolean | readonly string[];
  readonly piiPositions?: readonly Span[];
}

/** The options as the strings that are sent and signed. */
export function piiStrings({ piiMapping, autoPiiMapping, piiPositions }: PiiOptions): Readonly<Record<string, string>> {
  return {
    ...(piiMapping && { piiMapping: asciiJson(piiMapping) }),
    ...(autoPiiMapping !== undefined && { autoPiiMapping: String(autoPiiMapping) }),
    ...(piiPositions && { piiPositions: asciiJson(piiPositions) }),
  };
}

/** JSON in ASCII, as the headers demand it: what lies beyond is escaped. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
