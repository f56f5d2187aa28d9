import { CORPUS, CORPUS_IN_HEADERS, CORPUS_IN_URLS } from './corpus.js';
import { type Documented, type Ids, isHeader, type Operation, type Parameter, pathOf, queryOf } from './documented.js';
import { isFields } from './places.js';

/** A call with one value of the corpus in one place, and nothing else wrong with it. */
export interface Try {
  /** As in `POST /v1/chat title`. */
  readonly place: string;
  readonly value: unknown;
  /** Of the body, where the value is the whole of one. */
  readonly field?: string;
  readonly method: string;
  readonly path: string;
  readonly headers: readonly string[];
  readonly body: unknown;
  /** The only refusals that there may be; unknown where a strange path may lead elsewhere. */
  readonly refusals?: ReadonlySet<string> | undefined;
}

/** Stands where a value is put into a path. */
const HERE = '\u0001';

/** Puts the whole corpus into whatever the document describes. */
export class RestTries {
  constructor(
    private readonly documented: Documented,
    /** What a call names; some change what the others go by, and name something else. */
    private readonly idsOf: (operation: Operation) => Ids,
  ) {}

  *inBodies(operation: Operation): Iterable<Try> {
    const ids = this.idsOf(operation);
    for (const { name, put } of this.documented.places.in(operation.body ?? {})) {
      const [field = ''] = /^\w+/.exec(name) ?? [];
      const sample = this.documented.sampleOf(operation, ids, field);
      for (const value of CORPUS) {
        const changed = put(value);
        const body = name === '' || !isFields(changed) ? changed : { ...sample, [field]: changed[field] };
        const tried = { ...this.sound(operation, ids), place: `${operation.name} ${name}`, value, body };
        yield name === '' || name !== field ? tried : { ...tried, field };
      }
    }
  }

  *inUrls(operation: Operation): Iterable<Try> {
    const ids = this.idsOf(operation);
    const sound = this.sound(operation, ids);
    for (const parameter of operation.parameters) {
      if (isHeader(parameter)) continue;
      for (const value of CORPUS_IN_URLS) {
        yield {
          ...sound,
          place: `${operation.name} ${parameter.name}`,
          value,
          path: strangePath(operation, ids, parameter, value),
          refusals: parameter.in === 'path' ? undefined : operation.refusals,
        };
      }
    }
  }

  *inHeaders(operation: Operation): Iterable<Try> {
    const sound = this.sound(operation, this.idsOf(operation));
    for (const { name } of operation.parameters.filter(isHeader)) {
      for (const value of CORPUS_IN_HEADERS) {
        yield { ...sound, place: `${operation.name} ${name}`, value, headers: [name, value] };
      }
    }
  }

  /** The call as it is taken. */
  sound(operation: Operation, ids: Ids = this.idsOf(operation)): Try {
    const { name, method, template, body, refusals } = operation;
    return {
      place: name,
      value: undefined,
      method,
      path: pathOf(template, ids) + queryOf(operation, ids),
      headers: [],
      body: body && this.documented.sampleOf(operation, ids),
      refusals,
    };
  }
}

function strangePath(operation: Operation, ids: Ids, { name, in: place }: Parameter, value: string): string {
  const { template, parameters } = operation;
  if (place === 'query') {
    const others = queryOf({ ...operation, parameters: parameters.filter((other) => other.name !== name) }, ids);
    return `${pathOf(template, ids)}${others === '' ? '?' : `${others}&`}${name}=${value}`;
  }
  const path = pathOf(template.replace(`{${name}}`, HERE), ids) + queryOf(operation, ids);
  return path.replace(HERE, () => value);
}
