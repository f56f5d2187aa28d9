import type { OpenAPIObject } from '@nestjs/swagger';
import { type ErrorCode, ERROR_TABLE } from '../errors/code-table.js';
import { ProblemDto } from '../errors/problem.dto.js';

const text = (maxLength: number) => ({ type: 'string', maxLength }) as const;

/** Headers of answers, by the answers that have them. */
const HEADERS = {
  'X-Request-Id': {
    description: 'Id of the request, under which the server logs it.',
    schema: { type: 'string', format: 'uuid', maxLength: 36 },
  },
  'Access-Control-Allow-Origin': {
    description: 'The calling origin, where it is one of ALLOWED_ORIGINS. Services send no Origin and get none.',
    schema: text(2_048),
  },
  'Retry-After': {
    description: 'Seconds after which the same call may succeed.',
    schema: { type: 'integer', format: 'int32', minimum: 1, maximum: 86_400 },
  },
  'Cache-Control': {
    description: '`no-store`: what is in the answer depends on who asks.',
    schema: { ...text(20), enum: ['no-store'] },
  },
  'WWW-Authenticate': { description: 'The two ways to authenticate.', schema: text(200) },
} as const;

interface Answer {
  headers?: Record<string, unknown>;
  readonly content?: Readonly<Record<string, { examples?: Record<string, unknown> }>>;
}

/** Says once, as components, what every answer has: its headers, and the problem of each code. */
export function shareParts(document: OpenAPIObject): void {
  const components = (document.components ??= {});
  const used = new Set<ErrorCode>();
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.values(item as object).map((operation: object) => ({ path, operation })),
  );
  for (const { path, operation } of operations) {
    const { responses } = operation as { readonly responses: Readonly<Record<string, Answer>> };
    for (const [status, answer] of Object.entries(responses)) {
      const codes = codesOf(answer);
      for (const code of codes) used.add(code);
      answer.headers = { ...answer.headers, ...headersOf(path, status, codes) };
      const problem = answer.content?.['application/problem+json'];
      if (problem) problem.examples = Object.fromEntries(codes.map((code) => [code, refer('examples', code)]));
    }
  }
  components.headers = { ...components.headers, ...(HEADERS as object) };
  components.examples = Object.fromEntries(
    [...used].sort().map((code) => [code, { summary: ERROR_TABLE[code].title, value: ProblemDto.example(code) }]),
  );
}

const refer = (kind: string, name: string): object => ({ $ref: `#/components/${kind}/${name}` });

const codesOf = (answer: Answer): ErrorCode[] =>
  Object.keys(answer.content?.['application/problem+json']?.examples ?? {}) as ErrorCode[];

function headersOf(path: string, status: string, codes: readonly ErrorCode[]): Record<string, object> {
  const names: (keyof typeof HEADERS)[] = ['X-Request-Id', 'Access-Control-Allow-Origin'];
  if (codes.some((code) => ERROR_TABLE[code].retryable)) names.push('Retry-After');
  if (path.startsWith('/v1/')) names.push('Cache-Control');
  if (status === '401') names.push('WWW-Authenticate');
  return Object.fromEntries(names.map((name) => [name, refer('headers', name)]));
}
