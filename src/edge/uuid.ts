import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether the text is a UUID as this service writes it (RFC 9562, lower case). Anything else can be no id of ours. */
export const isUuid = (text: unknown): text is string => typeof text === 'string' && UUID.test(text);

const UUID_BYTES = 16;
/** Random bytes for many ids, since asking for them costs more than the rest. */
const randomness = Buffer.alloc(256 * UUID_BYTES);
let used = randomness.length;

function nextRandomness(): Uint8Array {
  if (used === randomness.length) {
    randomFillSync(randomness);
    used = 0;
  }
  used += UUID_BYTES;
  return randomness.subarray(used - UUID_BYTES, used);
}

/** A new UUIDv7 (RFC 9562), for what comes by the thousand a second. */
export const newUuid = (): string => v7({ rng: nextRandomness });
