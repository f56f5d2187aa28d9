import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

const CHUNK_BYTES = 16 * 1024 * 1024;

/**
 * Which of these bytes a process has anywhere in the memory that it may write to: on the heap, in buffers, in what libraries
 * allocated. Undefined where the system does not let us look.
 */
export function findInMemory(pid: number, secrets: Readonly<Record<string, Buffer>>): string[] | undefined {
  let memory: number;
  try {
    memory = openSync(`/proc/${pid}/mem`, 'r');
  } catch {
    return undefined;
  }
  try {
    const overlap = Math.max(...Object.values(secrets).map(({ length }) => length));
    const found = new Set<string>();
    for (const chunk of chunksOf(memory, writableRanges(pid), overlap)) {
      for (const [name, secret] of Object.entries(secrets)) if (chunk.includes(secret)) found.add(name);
    }
    return [...found].toSorted();
  } finally {
    closeSync(memory);
  }
}

function writableRanges(pid: number): (readonly [from: number, to: number])[] {
  const maps = readFileSync(`/proc/${pid}/maps`, 'utf8');
  return [...maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw/gm)].map(
    ([, from = '', to = '']) => [parseInt(from, 16), parseInt(to, 16)] as const,
  );
}

/** Each chunk begins with the end of the one before, so that nothing is cut in two. */
function* chunksOf(memory: number, ranges: readonly (readonly [number, number])[], overlap: number): Generator<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  for (const [from, to] of ranges) {
    for (let at = from; at < to; at += CHUNK_BYTES - overlap) {
      try {
        yield buffer.subarray(0, readSync(memory, buffer, 0, Math.min(CHUNK_BYTES, to - at), at));
      } catch {
        // The process has given it back meanwhile, or it belongs to the kernel.
        break;
      }
    }
  }
}
