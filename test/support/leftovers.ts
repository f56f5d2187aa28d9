import { setTimeout as delay } from 'node:timers/promises';

type Close = () => Promise<void>;

declare global {
  /** Called by environment.mjs when the tests of a file have run, with all their hooks. */
  var closeLeftovers: Close | undefined;
}

/** Longest that one of them may take: the run has to go on. */
const CLOSING_MS = 10_000;

const open = new Set<Close>();
let isOver = false;

globalThis.closeLeftovers = async () => {
  isOver = true;
  for (const close of [...open].toReversed()) {
    const closed = close().then(
      () => true,
      () => true,
    );
    // What hangs keeps what it stands on.
    if (!(await Promise.race([closed, delay(CLOSING_MS, false, { ref: false })]))) return;
  }
};

/**
 * For whatever a test starts: closed by the end of its file at the latest, since a `beforeAll` that fails or takes too long
 * leaves behind what no `afterAll` knows.
 * @returns `close`, which happens once whoever calls it
 */
export function closedInTheEnd(close: Close): Close {
  let closing: Promise<void> | undefined;
  const once = (): Promise<void> => (closing ??= close().finally(() => open.delete(once)));
  open.add(once);
  // Of a beforeAll that goes on although its time was up.
  if (isOver) once().catch(() => undefined);
  return once;
}
