import * as fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { BROKEN_TEXTS, MARK, STRANGE_HEADERS, STRANGE_TEXTS, STRANGE_VALUES } from './corpus.js';

/** What the AsyncAPI document says of a payload, as far as values are made by it. */
export interface PayloadSchema {
  readonly type?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly items?: PayloadSchema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, PayloadSchema>>;
}

/** Stands in a payload for what only the running session knows: an id, a connection string. */
export class Live {
  constructor(
    readonly field: string,
    /** Which of those that there are. */
    readonly pick: number,
  ) {}
}

/** Fields that name something which is there: else hardly an event would get far. */
const LIVE = new Set(['chatId', 'connectionString', 'messageId', 'replyTo', 'attachmentId', 'mentions']);
/** Of the session and the payload: put in when it is sent. */
const SIGNED = 'messageString';
const SIGNATURE = new Set([SIGNED, 'counter']);
/** Fields whose text is a grammar of its own, with what fits it. */
const GRAMMARS: Readonly<Record<string, readonly string[]>> = {
  reaction: ['👍', ':tada:', '👩🏽‍💻'],
  piiMapping: ['{"<PERSON_1>":"ada"}', 'eyI8UEVSU09OXzE-IjoiYWRhIn0', '{}'],
  autoPiiMapping: ['true', 'EMAIL_ADDRESS,PERSON'],
  piiPositions: ['[]', '[{"start":0,"end":1,"type":"PERSON"}]'],
  chatHistoryPiiMapping: ['vault', '{"<PERSON_1>":"ada"}'],
};

const text = (): Arbitrary<string> =>
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }).map((some) => MARK + some),
    fc.constantFrom(...STRANGE_TEXTS, 'mail ada@example.org or call +49 30 901820'),
  );
const fitting = (examples: readonly string[]): Arbitrary<string> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...examples) },
    { weight: 1, arbitrary: fc.constantFrom(...STRANGE_HEADERS) },
  );

/** A value of the documented form. */
function valueOf(name: string, schema: PayloadSchema): Arbitrary<unknown> {
  const { type, format, pattern, minimum = 0, maximum = minimum + 1_000 } = schema;
  const live = fc.nat({ max: 50 }).map((pick) => new Live(name, pick));
  if (type === 'array') {
    const { items = {}, maxItems = 10 } = schema;
    return fc.array(valueOf(name, items), { maxLength: Math.min(maxItems, 4) });
  }
  if (LIVE.has(name)) return fc.oneof({ weight: 9, arbitrary: live }, { weight: 1, arbitrary: fc.uuid() });
  if (type === 'boolean') return fc.boolean();
  if (type === 'integer') return fc.integer({ min: minimum, max: maximum });
  if (format === 'uuid') return fc.uuid();
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  const examples = GRAMMARS[name];
  return examples ? fitting(examples) : text();
}

/** A payload of the documented form, but for the message string. */
function soundPayload({ properties = {}, required = [] }: PayloadSchema): Arbitrary<Record<string, unknown>> {
  const fields = Object.entries(properties).filter(([name]) => !SIGNATURE.has(name));
  const values = Object.fromEntries(fields.map(([name, schema]) => [name, valueOf(name, schema)]));
  return fc.record(values, { requiredKeys: required.filter((name) => name in values) });
}

const anything = (): Arbitrary<unknown> =>
  fc.oneof(fc.constantFrom(...STRANGE_VALUES, ...STRANGE_TEXTS, ...BROKEN_TEXTS), fc.jsonValue({ maxDepth: 3 }));

/** Something that a client may do: an event with a payload, and whether it is signed for. */
export interface Step {
  readonly event: string;
  readonly payload: unknown;
  readonly isSigned: boolean;
}

/** Steps with any of these events, whose payloads are sound, or sound but for a field, or anything at all. */
export function stepOf(events: ReadonlyMap<string, PayloadSchema>): Arbitrary<Step> {
  // What is signed for changes a chat, and comes more often.
  const names = [...events].flatMap(([name, { properties = {} }]) =>
    Array<string>(SIGNED in properties ? 4 : 1).fill(name),
  );
  return fc.constantFrom(...names).chain((event) => {
    const schema = events.get(event) ?? {};
    const sound = soundPayload(schema);
    const { properties = {} } = schema;
    const field = fc.constantFrom(...Object.keys(properties), MARK);
    const payload: Arbitrary<unknown> = fc.oneof(
      { weight: 6, arbitrary: sound },
      {
        weight: 3,
        arbitrary: fc.tuple(sound, field, anything()).map(([some, name, value]) => ({ ...some, [name]: value })),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(sound, field)
          .map(([some, left]) => Object.fromEntries(Object.entries(some).filter(([name]) => name !== left))),
      },
      { weight: 1, arbitrary: anything() },
    );
    const isSigned = fc.nat({ max: 9 }).map((chance) => chance > 0 && SIGNED in properties);
    return fc.record({ event: fc.constant(event), payload, isSigned });
  });
}
