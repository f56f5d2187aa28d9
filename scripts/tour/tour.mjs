import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { visit, whyNoBrowser } from './browser.mjs';
import { openDoor, startProgram } from './service.mjs';
import { Shell } from './shell.mjs';
import { isLike, stepsOf } from './steps.mjs';

/*
 * npm run tour [-- PAGE…]: does everything that README.md and examples/README.md tell their reader to do, against a fresh
 * service, and fails at the first step that does not do what the text says. A step without output prints nothing.
 */
process.chdir(fileURLToPath(new URL('../..', import.meta.url)));

const PAGES = ['README.md', 'examples/README.md'];
const READY = /Socket events +\S+\n(?: +Bootstrap key .*\n.*\n)?/;
const PRINTED_LAST = /"value": "ada\.lovelace@example\.org"}'/;
const BROWSER_SAYS = 'parcel 7 is for ada@example.org';

const dataDir = mkdtempSync(join(tmpdir(), 'cloakroom-tour-'));
/** What the tour has instead of the ports 3000 and 8080, which may be taken. */
const [front, pages] = [await openDoor(), await openDoor()];
let key = '';
let service;

/** As the reader changes it: the key that was printed, and the ports that are free here. */
const personal = (code) =>
  code
    .replaceAll('http://localhost:3000', `http://localhost:${front.port}`)
    .replaceAll('http://localhost:8080', `http://localhost:${pages.port}`)
    .replace(/^KEY=ckr_test_\.\.\.$/m, `KEY=${key}`);

/** Starts the service in place of the one before, on the same data. */
async function start({ code }) {
  await service?.stop();
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'warn' };
  service = await startProgram(personal(code), env, code.includes('--demo') ? PRINTED_LAST : READY);
  front.leadTo(Number(/Socket events +http:\/\/[^/\s]+:(\d+)/.exec(service.printed)?.[1]));
  key = /Bootstrap key +(ckr_\w+)/.exec(service.printed)?.[1] ?? key;
}

/** A snippet in JavaScript has url, apiKey and chatId from its reader. */
const asModule = (code) =>
  `URL=$URL KEY=$KEY CHAT=$CHAT node --input-type=module - <<'END_OF_SNIPPET'
const { URL: url, KEY: apiKey, CHAT: chatId } = process.env;
${code}
END_OF_SNIPPET`;

async function execute({ language, code }, shell) {
  const { status, output } = await shell.run(personal(language === 'js' ? asModule(code) : code));
  return status === 0 ? output : `${output}\nexit code ${status}`;
}

/** A server for a page runs beside the shell, with the shell's own variables, and a person uses the page. */
async function browse({ code }, shell) {
  const { output: variables } = await shell.run('printf "%s\\n" "$URL" "$KEY" "$CHAT"');
  const [URL, KEY, CHAT] = variables.split('\n');
  const env = { PATH: process.env['PATH'], URL, KEY, CHAT, PORT: '0' };
  const server = await startProgram(code, env, /^open \S+$/m);
  try {
    pages.leadTo(Number(/:(\d+)$/m.exec(server.printed)?.[1]));
    return await visit(`http://localhost:${pages.port}`, BROWSER_SAYS);
  } finally {
    await server.stop();
  }
}

async function walk(page) {
  const shell = new Shell();
  let done = 0;
  try {
    for (const step of stepsOf(page)) {
      if (step.kind === 'start') {
        await start(step);
      } else if (step.kind === 'browser' && whyNoBrowser !== undefined) {
        console.warn(`tour: ${step.place} is skipped: ${whyNoBrowser}`);
        continue;
      } else {
        const answer = await (step.kind === 'browser' ? browse : execute)(step, shell);
        if (!isLike(answer, step.output)) {
          throw new Error(`${step.place}:\n${step.code}\nanswered\n${answer}\ninstead of\n${step.output || 'nothing'}`);
        }
      }
      console.log(`tour: ${step.place}: ${step.code.split('\n', 1)[0]}`);
      done += 1;
    }
  } finally {
    shell.close();
  }
  return done;
}

const given = process.argv.slice(2);
try {
  let done = 0;
  for (const page of given.length > 0 ? given : PAGES) done += await walk(page);
  console.log(`tour: ${done} steps, each as the text says`);
} catch (error) {
  console.error(`tour: ${error.message}`);
  process.exitCode = 1;
} finally {
  await service?.stop();
  front.close();
  pages.close();
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
}
