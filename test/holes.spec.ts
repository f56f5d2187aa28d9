import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { verdictOf } from '../scripts/holes.mjs';

jest.setTimeout(60_000);

const HOLE = {
  id: 1,
  url: 'https://example.org/GHSA-0',
  title: 'A hole',
  severity: 'high',
  vulnerable_versions: '<99.0.0',
  cwe: [],
  cvss: { score: 0, vectorString: null },
};

describe('`npm run check:holes`', () => {
  const cache = mkdtempSync(join(tmpdir(), 'cloakroom-npm-'));
  /** What the registry answers to the question of holes; nothing of anything else. */
  let answer: { readonly status: number; readonly body?: object };
  const registry = createServer((request, response) => {
    const { status, body } = request.method === 'POST' ? answer : { status: 404, body: {} };
    request.resume().on('end', () => response.writeHead(status).end(body && JSON.stringify(body)));
  });
  beforeAll(async () => {
    registry.listen(0, '127.0.0.1');
    await once(registry, 'listening');
  });
  afterAll(() => {
    registry.closeAllConnections();
    registry.close();
    rmSync(cache, { recursive: true, force: true });
  });

  async function check(port = (registry.address() as AddressInfo).port): Promise<{ code: number; printed: string }> {
    const child = spawn(process.execPath, ['scripts/check-holes.mjs'], {
      env: {
        PATH: process.env['PATH'],
        npm_config_registry: `http://127.0.0.1:${port}`,
        npm_config_cache: cache,
        npm_config_fetch_retries: '0',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const closed = once(child, 'close') as Promise<[number]>;
    const printed = await text(child.stdout);
    return { code: (await closed)[0], printed };
  }

  it('fails on a package with a known hole, and names it', async () => {
    answer = { status: 200, body: { uuid: [HOLE] } };
    const { code, printed } = await check();
    expect(code).toBe(1);
    expect(printed).toBe('holes: known holes: uuid (high)\n');
  });

  it('passes where the registry knows none', async () => {
    answer = { status: 200, body: {} };
    const { code, printed } = await check();
    expect([code, printed]).toEqual([0, expect.stringMatching(/^holes: no known hole in \d{3} packages\n$/)]);
  });

  it('says that the registry could not be asked, which is no answer', async () => {
    answer = { status: 405 };
    const refused = await check();
    expect(refused.code).toBe(0);
    expect(refused.printed).toBe('holes: could not be asked: the registry answered 405; holes stay unknown\n');
    const silent = await check(9);
    expect(silent.code).toBe(0);
    expect(silent.printed).toBe('holes: could not be asked: the registry answered nothing; holes stay unknown\n');
  });

  it('takes nothing for an answer that is none', () => {
    for (const output of ['', 'null', '{}', '{"metadata":{}}', 'npm error code EUSAGE']) {
      expect([output, verdictOf(output).code]).toEqual([output, 1]);
    }
  });
});
