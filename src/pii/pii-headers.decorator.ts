import { applyDecorators } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';

const MAPPING = {
  name: 'X-Pii-Mapping',
  required: false,
  description:
    'JSON object, placeholder to original value, in ASCII with `\\u` escapes, or the same JSON in base64url. Every occurrence of a value becomes its placeholder; the answer is rehydrated with it.',
  schema: { type: 'string' },
  examples: {
    none: { summary: 'not sent', value: '' },
    json: { summary: 'JSON', value: '{"<PERSON_1>":"Ada"}' },
  },
} as const;

const AUTO = {
  name: 'X-Auto-Pii-Mapping',
  required: false,
  description:
    '`true`, `false`, or entity types separated by commas: whether and what the service detects itself. Default: the policy of the workspace; `false` is refused where the policy is `required`.',
  schema: { type: 'string' },
} as const;

const POSITIONS = {
  name: 'X-Pii-Positions',
  required: false,
  description:
    'JSON array of `{start, end, type}`, or base64url of it: spans that your own detector found in the message, in Unicode code points, end exclusive.',
  schema: { type: 'string' },
} as const;

const HISTORY = {
  name: 'X-Chat-History-Pii-Mapping',
  required: false,
  description:
    'A mapping as in X-Pii-Mapping, or the word `vault`: history in the answer is rehydrated with your own values (no right needed), or from the vault (needs piiAccess and a key with the scope `pii:rehydrate`; audited).',
  schema: { type: 'string' },
} as const;

/** Documents the PII headers of a route. */
export const ApiPiiHeaders = (kind: 'send' | 'history') =>
  applyDecorators(
    ...(kind === 'send' ? [MAPPING, AUTO, POSITIONS, HISTORY] : [HISTORY, MAPPING]).map((header) => ApiHeader(header)),
  );
