// The other systems, as finders `text => spans` (or a promise of them). They live in bench/package.json alone:
//   npm ci --prefix bench --ignore-scripts
// Without them the table has the rows of this project only.

/** The systems that are installed, by name. */
export async function peers() {
  const found = {};
  for (const [name, load] of Object.entries(LOADERS)) {
    const find = await load().catch(() => undefined);
    if (find) found[name] = find;
  }
  return found;
}

const REDACT_PII_MARKERS =
  /PERSON_NAME|EMAIL_ADDRESS|PHONE_NUMBER|CREDIT_CARD_NUMBER|US_SOCIAL_SECURITY_NUMBER|IP_ADDRESS|STREET_ADDRESS|ZIPCODE|URL|DIGITS|USERNAME|PASSWORD|CREDENTIALS/g;

const LOADERS = {
  'redact-pii': async () => {
    const { SyncRedactor } = (await import('redact-pii')).default;
    const redactor = new SyncRedactor();
    return (text) => aligned(text, redactor.redact(text), REDACT_PII_MARKERS);
  },
  '@redactpii/node': async () => {
    const { Redactor } = await import('@redactpii/node');
    const redactor = new Redactor();
    return (text) => aligned(text, redactor.redact(text), /\b(?:[A-Z]+_)+[A-Z]+\b/g);
  },
  '@arcjet/redact': async () => {
    const { redact } = await import('@arcjet/redact');
    return async (text) => aligned(text, (await redact(text))[0], /<Redacted ([a-zA-Z ]+) #\d+>/g);
  },
  '@coffeeandfun/remove-pii': async () => {
    const { detectPII } = await import('@coffeeandfun/remove-pii');
    return (text) =>
      detectPII(text).detectedItems.flatMap(({ type, positions }) =>
        positions.map(({ start, end }) => ({ start, end, type: canonical(type) })),
      );
  },
  openredaction: async () => {
    const { OpenRedaction, OpenRedact } = await import('openredaction');
    const redactor = new (OpenRedaction ?? OpenRedact)({});
    return async (text) =>
      (await redactor.detect(text)).detections.map(({ type, position: [start, end] }) => ({
        start,
        end,
        type: canonical(type),
      }));
  },
  compromise: async () => {
    const nlp = (await import('compromise')).default;
    return (text) => {
      const doc = nlp(text);
      const kinds = {
        PERSON: doc.people(),
        LOCATION: doc.places(),
        ORGANIZATION: doc.organizations(),
        EMAIL_ADDRESS: doc.emails(),
        PHONE_NUMBER: doc.phoneNumbers(),
      };
      return Object.entries(kinds).flatMap(([type, view]) =>
        view
          .json({ offset: true })
          .map(({ offset }) => ({ start: offset.start, end: offset.start + offset.length, type })),
      );
    };
  },
};

/** Spans of a text of which only the redacted form is known: the pieces between the markers stand in it, in their order. */
function aligned(text, redacted, marker) {
  const markers = [...redacted.matchAll(marker)].filter(([marker]) => !text.includes(marker));
  if (markers.length === 0) return [];
  const pieces = [];
  let kept = 0;
  for (const match of markers) {
    pieces.push(redacted.slice(kept, match.index));
    kept = match.index + match[0].length;
  }
  pieces.push(redacted.slice(kept));
  const pattern = new RegExp(`^${pieces.map(RegExp.escape ?? escaped).join('([^]*?)')}$`, 'd');
  const hidden = pattern.exec(text)?.indices ?? [];
  return markers
    .map((match, index) => ({ at: hidden[index + 1], type: canonical(match[1] ?? match[0]) }))
    .filter(({ at }) => at !== undefined && at[1] > at[0])
    .map(({ at: [start, end], type }) => ({ start, end, type }));
}

function escaped(piece) {
  return piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

const NAMES = [
  [/person|^name/i, 'PERSON'],
  [/e-?mail/i, 'EMAIL_ADDRESS'],
  [/phone/i, 'PHONE_NUMBER'],
  [/card/i, 'CREDIT_CARD'],
  [/ssn|social/i, 'US_SSN'],
  [/iban/i, 'IBAN_CODE'],
  [/^ip/i, 'IP_ADDRESS'],
  [/address|zip|street|postcode/i, 'LOCATION'],
  [/licen/i, 'US_DRIVER_LICENSE'],
  [/passport/i, 'PASSPORT'],
  [/url/i, 'URL'],
  [/user/i, 'USERNAME'],
];

function canonical(name) {
  return NAMES.find(([pattern]) => pattern.test(name))?.[1] ?? name.toUpperCase();
}
