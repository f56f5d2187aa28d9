import { decodeBase64Url } from '../auth/base64url.js';
import { isForbiddenKey, parseStrictJson } from '../edge/strict-json.js';
import type { ErrorCode } from '../errors/code-table.js';
import { CodedError, type ErrorDetails } from '../errors/coded-error.js';
import { isDetectableName, isEntityType } from './entity-type.js';
import { parsePlaceholder } from './placeholder.js';

/** A part of a text with its entity type. Unit: Unicode code points, end exclusive. */
export interface PositionInstruction {
  readonly start: number;
  readonly end: number;
  readonly type: string;
}

/** Where an instruction stood and which code refuses it. */
export interface Place {
  readonly code: ErrorCode;
  readonly header: string;
  /** Name of the member, where it did not come as a header. */
  readonly field?: string;
}

const MAX_ENTRIES = 256;
const MAX_VALUE_CODE_POINTS = 1024;
const MAX_AUTO_TYPES = 64;
/** Open arrays and objects that the form needs. */
const MAPPING_DEPTH = 1;
const POSITIONS_DEPTH = 2;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What the first published examples send in place of a mapping. They are to run as they are printed. */
const EXAMPLE_MAPPING = 'your_pii_mapping';

/** Reads a mapping from the text of a header: JSON, or base64url of JSON. Errors as `readMapping`. */
export function readMappingText(text: string, place: Place): ReadonlyMap<string, string> {
  if (text === EXAMPLE_MAPPING) return new Map();
  return readMapping(jsonOf(text, MAPPING_DEPTH, place), place);
}

/**
 * Reads a mapping from a parsed JSON value. Checks again some of what `parseStrictJson` checks: a body is parsed with
 * looser rules than a header.
 *
 * @throws CodedError with the place's code. A fault of a value comes with the index of its entry; one of a key does not,
 *   since JavaScript moves keys that are numbers to the front
 */
export function readMapping(value: unknown, place: Place): ReadonlyMap<string, string> {
  if (!isRecord(value)) throw malformed(place, 'not_object');
  const entries = Object.entries(value);
  if (entries.length > MAX_ENTRIES) throw malformed(place, 'too_many_entries');
  const mapping = new Map<string, string>();
  for (const [index, [key, original]] of entries.entries()) {
    if (isForbiddenKey(key)) throw malformed(place, 'forbidden_key');
    if (parsePlaceholder(key) === undefined) throw malformed(place, 'not_a_placeholder');
    const reason = valueFault(original);
    if (reason !== undefined) throw malformed(place, reason, index);
    mapping.set(key, original as string);
  }
  return mapping;
}

function valueFault(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'value_not_string';
  // Values are compared without surrounding white space (rule 2): nothing but white space is as good as empty.
  if (value.trim() === '') return 'value_empty';
  if (isLonger(value, MAX_VALUE_CODE_POINTS)) return 'value_too_long';
  if (value.includes('\0')) return 'nul';
  return value.isWellFormed() ? undefined : 'lone_surrogate';
}

/**
 * Reads `true`, `false` or entity types, as text separated by commas or as a JSON list. Types that the service does not
 * know pass.
 *
 * @throws CodedError with the place's code
 */
export function readAuto(value: unknown, place: Place): boolean | ReadonlySet<string> {
  if (typeof value === 'boolean') return value;
  if (value === 'true') return true;
  if (value === 'false') return false;
  const types: unknown[] | undefined = typeof value === 'string' ? splitTypes(value) : arrayOf(value);
  if (types === undefined || types.length === 0) throw malformed(place, 'not_true_false_or_types');
  if (types.length > MAX_AUTO_TYPES) throw malformed(place, 'too_many_types');
  const wrong = types.findIndex((type) => typeof type !== 'string' || !isDetectableName(type));
  if (wrong >= 0) throw malformed(place, 'not_an_entity_type', wrong);
  return new Set(types as string[]);
}

function splitTypes(text: string): string[] {
  return text.split(',', MAX_AUTO_TYPES + 1).map((type) => type.trim());
}

/** Reads spans from the text of a header: JSON, or base64url of JSON. Errors as `readPositions`. */
export function readPositionsText(text: string, place: Place): readonly PositionInstruction[] {
  return readPositions(jsonOf(text, POSITIONS_DEPTH, place), place);
}

/**
 * Reads spans from a parsed JSON value and returns them in the order given.
 *
 * @throws CodedError with the place's code for a wrong form, bad_span for one that is empty, negative or overlaps
 */
export function readPositions(value: unknown, place: Place): readonly PositionInstruction[] {
  const items = arrayOf(value);
  if (items === undefined) throw malformed(place, 'not_array');
  if (items.length > MAX_ENTRIES) throw malformed(place, 'too_many_entries');
  const positions = items.map((item, index) => readPosition(item, place, index));
  refuseOverlap(positions, place);
  return positions;
}

function readPosition(item: unknown, place: Place, index: number): PositionInstruction {
  if (!isRecord(item)) throw malformed(place, 'not_object', index);
  const { start, end, type } = item;
  if (Object.keys(item).length !== 3 || start === undefined || end === undefined || type === undefined) {
    throw malformed(place, 'not_start_end_type', index);
  }
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end)) throw malformed(place, 'not_integer', index);
  if (typeof type !== 'string' || !isEntityType(type)) throw malformed(place, 'not_an_entity_type', index);
  const [from, to] = [start as number, end as number];
  if (from < 0) throw badSpan(place, 'outside_text', index);
  if (from >= to) throw badSpan(place, 'empty', index);
  return { start: from, end: to, type };
}

/** Names the later of the two spans, as listed. Spans that touch do not overlap. */
function refuseOverlap(positions: readonly PositionInstruction[], place: Place): void {
  const byStart = positions.map((position, index) => ({ ...position, index })).sort((a, b) => a.start - b.start);
  let before: (typeof byStart)[number] | undefined;
  for (const span of byStart) {
    if (before !== undefined && span.start < before.end) {
      throw badSpan(place, 'overlap', Math.max(span.index, before.index));
    }
    before = span;
  }
}

/** The JSON value of a text that holds JSON, or base64url of JSON in UTF-8. */
function jsonOf(text: string, maxDepth: number, place: Place): unknown {
  const json = opensJson(text) ? text : fromBase64Url(text, place);
  const parsed = parseStrictJson(json, { maxDepth, rejectUnstorable: true });
  if (!parsed.ok) throw malformed(place, parsed.reason);
  return parsed.value;
}

function fromBase64Url(text: string, place: Place): string {
  const bytes = decodeBase64Url(text);
  if (bytes === undefined || !opensJson(bytes.toString('latin1', 0, 1))) throw malformed(place, 'not_json');
  try {
    return utf8.decode(bytes);
  } catch {
    throw malformed(place, 'not_utf8');
  }
}

/** Neither character is of the base64url alphabet: the two forms cannot be mistaken for each other. */
function opensJson(text: string): boolean {
  return text.startsWith('{') || text.startsWith('[');
}

/** The error of a place: its code, its names and a fixed reason. */
export function malformed({ code, header, field }: Place, reason: string, index?: number): CodedError {
  return new CodedError(code, details(header, field, reason, index));
}

/** The error of one span that cannot be meant. */
export function badSpan({ header, field }: Place, reason: string, index: number): CodedError {
  return new CodedError('bad_span', details(header, field, reason, index));
}

function details(header: string, field: string | undefined, reason: string, index: number | undefined): ErrorDetails {
  return { header, reason, ...(field !== undefined && { fields: [field] }), ...(index !== undefined && { index }) };
}

/** Whether a parsed JSON value is an object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function arrayOf(value: unknown): unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

/** Whether `text` has more than `limit` code points. Counts only where the UTF-16 length leaves it open. */
function isLonger(text: string, limit: number): boolean {
  if (text.length <= limit) return false;
  return text.length > limit * 2 || Array.from(text).length > limit;
}
