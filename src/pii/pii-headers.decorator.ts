import { applyDecorators } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';

/** First in each list, so that nobody sends an example unawares. */
const NONE = { summary: 'not sent', value: '' };

const MAPPING = {
  name: 'X-Pii-Mapping',
  required: false,
  description:
    'JSON object, placeholder to original value, in ASCII with `\\u` escapes, or the same JSON in base64url. Every occurrence of a value becomes its placeholder, in any case, form and white space, also within a longer word (Müller in Müllers); the answer is rehydrated with it.',
  schema: { type: 'string' },
  examples: {
    none: NONE,
    json: { summary: 'JSON', value: '{"<PERSON_1>":"Ada"}' },
    escaped: { summary: 'JSON, a name beyond ASCII', value: '{"<PERSON_1>":"Zo\\u00eb"}' },
    base64url: { summary: 'the same in base64url', value: 'eyI8UEVSU09OXzE-IjoiWm_DqyJ9' },
  },
} as const;

const AUTO = {
  name: 'X-Auto-Pii-Mapping',
  required: false,
  description:
    '`true`, `false`, or entity types separated by commas: whether and what the service detects itself. Default: the policy of the workspace; `false` is refused where the policy is `required`.',
  schema: { type: 'string' },
  examples: {
    none: NONE,
    on: { summary: 'everything', value: 'true' },
    types: { summary: 'these types', value: 'EMAIL_ADDRESS,PHONE_NUMBER' },
    off: { summary: 'nothing', value: 'false' },
  },
} as const;

const POSITIONS = {
  name: 'X-Pii-Positions',
  required: false,
  description:
    'JSON array of `{start, end, type}`, or base64url of it: spans that your own detector found in the message, in Unicode code points, end exclusive.',
  schema: { type: 'string' },
  examples: {
    none: NONE,
    json: { summary: 'JSON', value: '[{"start":5,"end":8,"type":"PERSON"}]' },
  },
} as const;

const HISTORY = {
  name: 'X-Chat-History-Pii-Mapping',
  required: false,
  description:
    'A mapping as in X-Pii-Mapping, or the word `vault`: history in the answer is rehydrated with your own values (no right needed), or from the vault (needs piiAccess and a key with the scope `pii:rehydrate`; audited).',
  schema: { type: 'string' },
  examples: {
    none: NONE,
    mapping: { summary: 'your own values', value: '{"<PERSON_1>":"Ada"}' },
    vault: { summary: 'from the vault', value: 'vault' },
  },
} as const;

/** Documents the PII headers of a route. */
export const ApiPiiHeaders = (kind: 'send' | 'history') =>
  applyDecorators(
    ...(kind === 'send' ? [MAPPING, AUTO, POSITIONS, HISTORY] : [HISTORY, MAPPING]).map((header) => ApiHeader(header)),
  );

/** Headers of the answer to a send, for callers that keep the mapping themselves. */
export const PII_ANSWER_HEADERS = {
  'X-Pii-Mapping': {
    description: 'The mapping of the answer as ASCII JSON, when both headers fit in 4 KiB.',
    schema: { type: 'string' },
  },
  'X-Pii-Positions': {
    description: 'The positions of the answer as JSON, counted in `text`, when both headers fit in 4 KiB.',
    schema: { type: 'string' },
  },
} as const;
