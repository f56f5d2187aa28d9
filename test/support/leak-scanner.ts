/**
 * Looks for secrets in bytes of any kind: files, dumps, logs, frames. Case does not matter (values are stored in normalised
 * forms too), nor does the encoding: UTF-8, UTF-16 in both orders, base64 and base64url at every alignment, hexadecimal,
 * percent-encoding, and JSON escapes, also those of JSON inside of JSON.
 */
export class LeakScanner {
  /** Transitions of an Aho-Corasick automaton: 256 for each state, so that a byte costs one look-up however many secrets. */
  private readonly next: Int32Array;
  private readonly found: (readonly string[])[];

  /** @param secrets by names that may be shown when one is found */
  constructor(secrets: Readonly<Record<string, string>>) {
    const needles = Object.entries(secrets).flatMap(([name, secret]) =>
      [...spellingsOf(secret)].map(([spelling, bytes]) => ({ label: `${name} as ${spelling}`, bytes: lower(bytes) })),
    );
    ({ next: this.next, found: this.found } = automatonOf(needles));
  }

  /** Names and spellings of the secrets in `bytes`, each once. */
  find(bytes: Buffer | string): string[] {
    const labels = new Set<string>();
    const input = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    let state = 0;
    // By index: an iterator would take most of the time with a data directory of a hundred megabytes.
    for (let at = 0; at < input.length; at += 1) {
      const byte = input[at] ?? 0;
      state = this.next[state * 256 + (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte)] ?? 0;
      const here = this.found[state];
      if (here && here.length > 0) for (const label of here) labels.add(label);
    }
    return [...labels].toSorted();
  }
}

/** Every way in which a secret could stand somewhere, by name of the way. */
export function spellingsOf(secret: string): Map<string, Buffer> {
  const spellings = new Map<string, Buffer>();
  const seen = new Set<string>();
  for (const [form, text] of formsOf(secret)) {
    const add = (name: string, bytes: Buffer | string): void => {
      const spelling = Buffer.from(bytes);
      // Plain ASCII reads the same in most ways of writing, and case does not matter.
      const key = lower(spelling).toString('latin1');
      if (seen.has(key)) return;
      seen.add(key);
      spellings.set(form === '' ? name : `${name}, ${form}`, spelling);
    };
    add('UTF-8', text);
    add('UTF-16LE', Buffer.from(text, 'utf16le'));
    add('UTF-16BE', Buffer.from(text, 'utf16le').swap16());
    add('hexadecimal', Buffer.from(text).toString('hex'));
    add('percent-encoding', encodeURIComponent(text));
    add('JSON escapes', escaped(text, '\\u'));
    add('JSON in JSON', escaped(text, '\\\\u'));
    for (let before = 0; before < 3; before += 1) {
      const base64 = middleOfBase64(Buffer.from(text), before);
      add(`base64 at ${before}`, base64);
      add(`base64url at ${before}`, base64.replaceAll('+', '-').replaceAll('/', '_'));
    }
  }
  return spellings;
}

/** The value itself, and how it would stand in a column of normalised values. */
function formsOf(secret: string): [form: string, text: string][] {
  const forms = new Map([[secret, '']]);
  const add = (form: string, text: string): void => void (forms.has(text) || forms.set(text, form));
  add('normalised', secret.normalize('NFKC'));
  add('in lower case', secret.toLowerCase());
  add('in upper case', secret.toUpperCase());
  add('without separators', secret.replace(/[\s.-]/g, ''));
  const digits = secret.replace(/\D/g, '');
  if (digits.length >= 9) add('digits', digits);
  return [...forms].map(([text, form]) => [form, text]);
}

function escaped(text: string, mark: string): string {
  return text.replace(/[^\x20-\x7e]/g, (unit) => mark + unit.charCodeAt(0).toString(16).padStart(4, '0'));
}

/** The characters of base64 that depend on the secret alone, when so many bytes precede it in the group of three. */
function middleOfBase64(bytes: Buffer, before: number): string {
  const whole = Buffer.concat([Buffer.alloc(before), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const isCut = (before + bytes.length) % 3 !== 0;
  return whole.slice([0, 2, 3][before], isCut ? -1 : undefined);
}

const lower = (bytes: Buffer): Buffer => Buffer.from(bytes.map((b) => (b >= 0x41 && b <= 0x5a ? b + 0x20 : b)));

function automatonOf(needles: readonly { readonly label: string; readonly bytes: Buffer }[]) {
  const states = 1 + needles.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const next = new Int32Array(states * 256);
  const found: string[][] = [[]];
  for (const { label, bytes } of needles) {
    let state = 0;
    for (const byte of bytes) {
      const edge = state * 256 + byte;
      next[edge] ||= found.push([]) - 1;
      state = next[edge] ?? 0;
    }
    found[state]?.push(label);
  }
  // Breadth first: where a needle does not go on, its longest suffix that begins another one does.
  const fallback = new Int32Array(found.length);
  const queue = [0];
  for (const state of queue) {
    for (let byte = 0; byte < 256; byte += 1) {
      const target = next[state * 256 + byte] ?? 0;
      const elsewhere = state === 0 ? 0 : (next[(fallback[state] ?? 0) * 256 + byte] ?? 0);
      if (target === 0) {
        next[state * 256 + byte] = elsewhere;
        continue;
      }
      fallback[target] = elsewhere;
      found[target]?.push(...(found[elsewhere] ?? []));
      queue.push(target);
    }
  }
  return { next, found };
}
