import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { buildClient } from '../../scripts/build-client.mjs';
import { openBrowser, whyNoBrowser } from '../support/browser.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const MOST_BYTES = 8 * 1024;
const run = promisify(execFile);
const inBrowser = whyNoBrowser === undefined ? it : it.skip;

/** What somebody gets who installs the package, and nothing of what lies beside it here. */
describe('cloakroom/client as a package', () => {
  let service: TestApp;
  let chatId: string;
  let directory: string;
  let modules: string;
  beforeAll(async () => {
    service = await startTestApp();
    chatId = (await service.admin.workspace()).defaultChatId;
    directory = mkdtempSync(join(tmpdir(), 'cloakroom-client-'));
    modules = join(directory, 'node_modules');
    mkdirSync(join(modules, 'cloakroom'), { recursive: true });
    copyFileSync('package.json', join(modules, 'cloakroom/package.json'));
    await buildClient(join(modules, 'cloakroom/dist/client'));
    symlinkSync(resolve('node_modules/socket.io-client'), join(modules, 'socket.io-client'));
  }, 60_000);
  afterAll(async () => {
    rmSync(directory, { recursive: true, force: true });
    await service.close();
  });

  const program = (first: string, last: string): string => `${first}
  async function main() {
    const { URL, KEY, CHAT } = process.env;
    const chat = await connect({ url: URL, apiKey: KEY, chatId: CHAT });
    const { text } = await chat.send('mail ada@example.org');
    for await (const message of chat) {
      console.log(message.text === text, text);
      break;
    }
    chat.close();
  }
  ${last}`;

  it.each([
    ['an ES module', 'a.mjs', "import { connect } from 'cloakroom/client';", 'await main();'],
    ['CommonJS', 'b.cjs', "const { connect } = require('cloakroom/client');", 'void main();'],
  ])(
    'runs in Node as %s',
    async (_, name, first, last) => {
      writeFileSync(join(directory, name), program(first, last));
      const env = { PATH: process.env['PATH'], URL: service.url, KEY: service.adminKey, CHAT: chatId };
      const { stdout, stderr } = await run(process.execPath, [join(directory, name)], { env, timeout: 20_000 });
      expect([stdout, stderr]).toEqual(['true mail <EMAIL_ADDRESS_1>\n', '']);
    },
    30_000,
  );

  inBrowser(
    'runs in a browser, with a connection string from the page’s own server',
    async () => {
      const client = readFileSync(join(modules, 'cloakroom/dist/client/browser.js'));
      const server = createServer((request, response) => {
        if (request.url === '/client.js') response.setHeader('Content-Type', 'text/javascript').end(client);
        else if (request.url === '/connection-string') {
          void service.admin.post(`/v1/chat/${chatId}/connection-string`).then(({ text }) => response.end(text));
        } else response.setHeader('Content-Type', 'text/html').end('<link rel="icon" href="data:,"><p>a page');
      });
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const allowing = await startTestApp({ ALLOWED_ORIGINS: origin }, service);
      const browser = await openBrowser();
      const { page, complaints } = browser;
      await page.goto(origin);
      const seen = await page.evaluate(
        async ({ url, chatId, path }) => {
          const { connect } = (await import(path)) as typeof import('../../src/client/client.js');
          const getConnectionString = async () => (await fetch('/connection-string', { method: 'POST' })).json();
          const chat = await connect({ url, chatId, getConnectionString });
          const again = new Promise((resolve) => chat.on('connected', resolve));
          chat.drop();
          const { message, text } = await chat.send('call +1 212 555 0147 or mail zoë@example.org');
          await again;
          const first = await chat[Symbol.asyncIterator]().next();
          chat.close();
          return { message, same: (first.value as { text: string }).text === text };
        },
        { url: allowing.url, chatId, path: '/client.js' },
      );
      expect(seen).toEqual({ message: 'call +1 212 555 0147 or mail zoë@example.org', same: true });
      expect(complaints).toEqual([]);
      await browser.close();
      await allowing.close();
      await new Promise((done) => server.close(done));
    },
    60_000,
  );

  it('has types for both kinds of modules, without a path into the service', async () => {
    const { writeClientTypes } = await import('../../scripts/client-types.mjs');
    writeClientTypes(join(modules, 'cloakroom/dist/client'));
    expect(readFileSync(join(modules, 'cloakroom/dist/client/client.d.ts'), 'utf8')).not.toMatch(
      /\bfrom ['"]|import\(/,
    );
    const use = `
      export async function use(chat: Chat): Promise<number> {
        const { seq, piiMapping } = await chat.send('x', { piiMapping: { '<PERSON_1>': 'Ada' } });
        chat.on('reaction:updated', ({ on, reaction }) => void [on satisfies boolean, reaction satisfies string]);
        // @ts-expect-error: no such event
        chat.on('message:exploded', () => undefined);
        // @ts-expect-error: no such member
        await chat.request('typing:set', { tipping: true });
        // @ts-expect-error: no such code
        if (new CloakroomError('closed').code === 'nonsense') return 0;
        return seq + Object.keys(piiMapping).length;
      }`;
    const config = { compilerOptions: { strict: true, noEmit: true, module: 'nodenext', target: 'es2022', types: [] } };
    writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify({ ...config, files: ['a.mts', 'b.cts'] }));
    writeFileSync(join(directory, 'a.mts'), `import { type Chat, CloakroomError } from 'cloakroom/client';${use}`);
    writeFileSync(
      join(directory, 'b.cts'),
      `import client = require('cloakroom/client');
      import CloakroomError = client.CloakroomError;
      type Chat = client.Chat;${use}`,
    );
    const tsc = resolve('node_modules/typescript/bin/tsc');
    const checked = await run(process.execPath, [tsc, '-p', directory], { timeout: 60_000 }).catch(
      (error: unknown) => error,
    );
    // Nothing complains, and the compiler itself was found and came to its end.
    expect(checked).toEqual({ stdout: '', stderr: '' });
  }, 120_000);

  it('stays small', async () => {
    const { outputFiles } = await build({
      entryPoints: ['src/client/client.ts'],
      bundle: true,
      minify: true,
      format: 'esm',
      packages: 'external',
      write: false,
    });
    const bytes = gzipSync(outputFiles[0]?.contents ?? '').length;
    expect(bytes).toBeGreaterThan(1_000);
    expect(bytes).toBeLessThan(MOST_BYTES);
  });
});
