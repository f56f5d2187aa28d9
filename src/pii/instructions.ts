import { CodedError } from '../errors/coded-error.js';
import {
  badSpan,
  isRecord,
  malformed,
  readAuto,
  readMapping,
  readMappingText,
  readPositions,
  readPositionsText,
  type Place,
  type PositionInstruction,
} from './instruction-grammar.js';

/** What a caller asks to be done with personal data, whichever way it came. Absent means: not said. */
export interface PiiInstructions {
  /** Placeholder → original value, a proposal of the caller. */
  readonly mapping?: ReadonlyMap<string, string>;
  /** Detection by the service: on, off, or for these entity types only. */
  readonly auto?: boolean | ReadonlySet<string>;
  /** Spans that the caller found, in the order given, without overlap. Whether they fit: `checkSpansFit`. */
  readonly positions?: readonly PositionInstruction[];
  /** What history is rehydrated with: the vault, or the caller's own mapping. */
  readonly history?: 'vault' | ReadonlyMap<string, string>;
}

/** The same four instructions as members of a socket payload: the strings that the headers would hold. */
export interface PiiStrings {
  readonly piiMapping?: unknown;
  readonly autoPiiMapping?: unknown;
  readonly piiPositions?: unknown;
  readonly chatHistoryPiiMapping?: unknown;
}

/** Both answer headers of rule 7. */
export interface AnswerHeaders {
  readonly mapping: string;
  readonly positions: string;
}

type Member = 'mapping' | 'auto' | 'positions' | 'history';

const MAX_ANSWER_BYTES = 4096;

const PLACES: Readonly<Record<Member, Place>> = {
  mapping: { code: 'pii_mapping_malformed', header: 'X-Pii-Mapping' },
  auto: { code: 'auto_pii_mapping_malformed', header: 'X-Auto-Pii-Mapping' },
  positions: { code: 'pii_positions_malformed', header: 'X-Pii-Positions' },
  history: { code: 'history_pii_mapping_malformed', header: 'X-Chat-History-Pii-Mapping' },
};

const MEMBER_OF_HEADER: ReadonlyMap<string, Member> = new Map(
  (Object.keys(PLACES) as Member[]).map((member) => [PLACES[member].header.toLowerCase(), member]),
);

/**
 * Reads the four PII headers (contract, section 6).
 *
 * @param rawHeaders `IncomingMessage.rawHeaders`: name, value, name, value, each byte one character. Not `headers`: Node
 *   joins repeated headers there, which makes one valid value out of two that nobody wrote
 * @throws CodedError header_not_ascii, duplicate_header, and what `instructionsFromStrings` throws
 */
export function instructionsFromHeaders(rawHeaders: readonly string[]): PiiInstructions {
  let found: Partial<Record<Member, string>> | undefined;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const member = MEMBER_OF_HEADER.get((rawHeaders[at] ?? '').toLowerCase());
    if (member === undefined) continue;
    found ??= {};
    const { header } = PLACES[member];
    if (found[member] !== undefined) throw new CodedError('duplicate_header', { header });
    const value = rawHeaders[at + 1] ?? '';
    if (!isAscii(value)) throw new CodedError('header_not_ascii', { header });
    found[member] = value;
  }
  return found === undefined ? {} : fromTexts(found, PLACES);
}

/**
 * Reads the strings of a socket payload: the grammar of the headers. They are UTF-8 all the way, so JSON in them need
 * not be ASCII. The empty string is the same as none, as it is in the message string's pieces.
 *
 * @throws CodedError pii_mapping_malformed, auto_pii_mapping_malformed, pii_positions_malformed, bad_span,
 *   history_pii_mapping_malformed; `header` names the header's name, `fields` the member
 */
export function instructionsFromStrings(strings: PiiStrings): PiiInstructions {
  return fromTexts(
    {
      mapping: socketText(strings.piiMapping, STRING_PLACES.mapping),
      auto: socketText(strings.autoPiiMapping, STRING_PLACES.auto),
      positions: socketText(strings.piiPositions, STRING_PLACES.positions),
      history: socketText(strings.chatHistoryPiiMapping, STRING_PLACES.history),
    },
    STRING_PLACES,
  );
}

const STRING_PLACES: Readonly<Record<Member, Place>> = {
  mapping: { ...PLACES.mapping, field: 'piiMapping' },
  auto: { ...PLACES.auto, field: 'autoPiiMapping' },
  positions: { ...PLACES.positions, field: 'piiPositions' },
  history: { ...PLACES.history, field: 'chatHistoryPiiMapping' },
};

/**
 * Reads the body member `pii`: `{mapping, auto, positions, history}` as JSON values. `auto` may be a boolean, a list of
 * entity types, or the header's text.
 *
 * @param pii the member's value as `parseStrictJson` gave it (that is where repeated keys and nesting were refused)
 * @throws CodedError validation_failed when it is no object or has another member, else as `instructionsFromStrings`
 */
export function instructionsFromBody(pii: unknown): PiiInstructions {
  if (!isRecord(pii)) throw new CodedError('validation_failed', { fields: ['pii'], reason: 'not_object' });
  if (Object.keys(pii).some((member) => !Object.hasOwn(BODY_PLACES, member))) {
    throw new CodedError('validation_failed', { fields: ['pii'], reason: 'unknown_member' });
  }
  const { mapping, auto, positions, history } = pii;
  return {
    ...(mapping !== undefined && { mapping: readMapping(mapping, BODY_PLACES.mapping) }),
    ...(auto !== undefined && { auto: readAuto(auto, BODY_PLACES.auto) }),
    ...(positions !== undefined && { positions: readPositions(positions, BODY_PLACES.positions) }),
    ...(history !== undefined && {
      history: history === 'vault' ? history : readMapping(history, BODY_PLACES.history),
    }),
  };
}

const BODY_PLACES: Readonly<Record<Member, Place>> = {
  mapping: { ...PLACES.mapping, field: 'pii.mapping' },
  auto: { ...PLACES.auto, field: 'pii.auto' },
  positions: { ...PLACES.positions, field: 'pii.positions' },
  history: { ...PLACES.history, field: 'pii.history' },
};

/**
 * Checks spans against the text they are meant for. A span inside a surrogate pair cannot be written down: the unit is
 * the code point, and a well-formed text has none between the halves of a pair.
 *
 * @param textLength length of the text in code points
 * @throws CodedError bad_span with the index of the first span that ends outside the text
 */
export function checkSpansFit(positions: readonly PositionInstruction[], textLength: number): void {
  const index = positions.findIndex(({ end }) => end > textLength);
  if (index >= 0) throw badSpan(PLACES.positions, 'outside_text', index);
}

/**
 * Checks that somebody can detect each type that the caller lists: a misspelt one would detect nothing without a word.
 * @throws CodedError auto_pii_mapping_malformed with the index of the first that nobody knows
 */
export function checkTypesKnown(auto: PiiInstructions['auto'], isKnown: (type: string) => boolean): void {
  if (!(auto instanceof Set)) return;
  const index = [...auto].findIndex((type) => !isKnown(type));
  if (index >= 0) throw malformed(PLACES.auto, 'unknown_type', index);
}

/** A mapping as the header `X-Pii-Mapping`: JSON in ASCII. Undefined when it is over 4 KiB. */
export function mappingToHeader(mapping: ReadonlyMap<string, string>): string | undefined {
  return withinLimit(mappingJson(mapping));
}

/** Positions as the header `X-Pii-Positions`: JSON in ASCII, exactly `start`, `end`, `type`. Undefined when over 4 KiB. */
export function positionsToHeader(positions: readonly PositionInstruction[]): string | undefined {
  return withinLimit(positionsJson(positions));
}

/** Both headers of an answer (rule 7), or undefined when they are over 4 KiB together: half of the pair helps nobody. */
export function answerHeaders(
  mapping: ReadonlyMap<string, string>,
  positions: readonly PositionInstruction[],
): AnswerHeaders | undefined {
  const headers = { mapping: mappingJson(mapping), positions: positionsJson(positions) };
  return headers.mapping.length + headers.positions.length <= MAX_ANSWER_BYTES ? headers : undefined;
}

function fromTexts(
  texts: Partial<Record<Member, string | undefined>>,
  places: Readonly<Record<Member, Place>>,
): PiiInstructions {
  const { mapping, auto, positions, history } = texts;
  return {
    ...(mapping !== undefined && {
      mapping: readMappingText(mapping, places.mapping),
    }),
    ...(auto !== undefined && { auto: readAuto(auto, places.auto) }),
    ...(positions !== undefined && {
      positions: readPositionsText(positions, places.positions),
    }),
    ...(history !== undefined && {
      history: history === 'vault' ? history : readMappingText(history, places.history),
    }),
  };
}

function socketText(value: unknown, place: Place): string | undefined {
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') throw malformed(place, 'not_string');
  return value;
}

function isAscii(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- ASCII begins with the control characters
  return /^[\0-\x7f]*$/.test(text);
}

function mappingJson(mapping: ReadonlyMap<string, string>): string {
  return asciiJson(Object.fromEntries(mapping));
}

function positionsJson(positions: readonly PositionInstruction[]): string {
  return asciiJson(positions.map(({ start, end, type }) => ({ start, end, type })));
}

/** JSON in printable ASCII: every other character as `\u` escapes, those beyond U+FFFF as a pair of them. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function withinLimit(text: string): string | undefined {
  return text.length <= MAX_ANSWER_BYTES ? text : undefined;
}
