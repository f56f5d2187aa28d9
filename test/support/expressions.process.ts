import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkSync } from 'recheck';
import ts from 'typescript';

/**
 * Checks every regular expression of the service, and prints what it has found as JSON. A process of its own, since it looks
 * at how they are made and how long they take, and Jest changes both.
 */
interface Expression {
  readonly file: string;
  readonly source: string;
  readonly flags: string;
}

// recheck starts a native or a Java backend unless told otherwise; its JavaScript one is the same code.
process.env['RECHECK_SYNC_BACKEND'] = 'pure';
// Long counted repetitions keep it busy for minutes; what it has not decided by then, the measurement below decides.
const TIMEOUT = Number(process.env['RECHECK_TIMEOUT'] ?? 300);
const LENGTH = 8_000;
/** Cheaper texts are not looked at twice: a quadratic expression takes ten times as long. */
const SUSPICIOUS_MS = 4;

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !/\.(?:spec|d)\.ts$/.test(name))
  .map((name) => join('src', name));

function literals(): Expression[] {
  const found: Expression[] = [];
  for (const file of files) {
    const visit = (node: ts.Node): void => {
      if (ts.isRegularExpressionLiteral(node)) {
        const end = node.text.lastIndexOf('/');
        found.push({ file, source: node.text.slice(1, end), flags: node.text.slice(end + 1) });
      }
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true));
  }
  return found;
}

/** What the files make of strings when they are loaded. */
async function composed(): Promise<Expression[]> {
  const found: Expression[] = [];
  const native = RegExp;
  globalThis.RegExp = new Proxy(native, {
    construct(target, args: [string, string?]) {
      const made = Reflect.construct(target, args);
      const caller = new Error().stack?.split('\n')[2];
      const file = files.find((name) => caller?.includes(`/${name}`));
      if (file) found.push({ file, source: made.source, flags: made.flags });
      return made;
    },
  });
  await import('reflect-metadata');
  for (const file of files) {
    if (readFileSync(file, 'utf8').includes('new RegExp(')) await import(pathToFileURL(resolve(file)).href);
  }
  globalThis.RegExp = native;
  return found;
}

const characters = ['a', 'A', '0', ' ', '.', '-', '@', '/', '<', '&', "'", 'é', '\n', ':', '_', '('];
const units = [
  ...characters.flatMap((one) => characters.map((other) => (one === other ? one : one + other))),
  ...Object.values(JSON.parse(readFileSync('bench/pii/hostile.json', 'utf8')) as Record<string, string>),
];

/** Milliseconds of CPU for finding all matches in a repeated unit, of the fastest of some rounds. */
function cost({ source, flags }: Expression, unit: string, length: number, rounds: number): number {
  const expression = new RegExp(source, flags);
  const text = `${unit.repeat(length / unit.length)}\0`;
  let best = Infinity;
  for (let round = 0; round < rounds; round += 1) {
    const before = process.cpuUsage();
    expression.lastIndex = 0;
    while (expression.exec(text) !== null && expression.global && expression.lastIndex > 0);
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

/** A unit of which four times as much takes far more than four times as long. */
function slowUnit(expression: Expression): string | undefined {
  return units.find((unit) => {
    if (cost(expression, unit, LENGTH, 1) < SUSPICIOUS_MS) return false;
    return cost(expression, unit, LENGTH, 5) > 8 * cost(expression, unit, LENGTH / 4, 5) + SUSPICIOUS_MS;
  });
}

const made = await composed();
const all = new Map([...literals(), ...made].map((one) => [`/${one.source}/${one.flags}`, one]));
const vulnerable = [...all.values()].filter(
  ({ source, flags }) => checkSync(source, flags, { timeout: TIMEOUT }).status === 'vulnerable',
);
const report = {
  count: all.size,
  composedIn: [...new Set(made.map(({ file }) => file))].toSorted(),
  vulnerable,
  // One that is known to be vulnerable might not come to an end.
  slow: [...all.values()].flatMap((one) => {
    const unit = vulnerable.includes(one) ? undefined : slowUnit(one);
    return unit === undefined ? [] : [{ ...one, unit }];
  }),
};
process.stdout.write(JSON.stringify(report));
