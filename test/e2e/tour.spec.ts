import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { built } from '../../scripts/freshness.mjs';

/** How a tour of some pages ended, and what it printed. */
const tour = (...pages: readonly string[]): Promise<{ code: number; printed: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, ['scripts/tour/tour.mjs', ...pages], { timeout: 170_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, printed: stdout + stderr }),
    );
  });

describe('npm run tour', () => {
  const directory = mkdtempSync(join(tmpdir(), 'cloakroom-pages-'));
  const page = (name: string, ...blocks: readonly string[]): string => {
    const path = join(directory, name);
    writeFileSync(path, blocks.map((block) => `\`\`\`${block}\n\`\`\`\n`).join('\n'));
    return path;
  };
  beforeAll(() => {
    // quickstart would build, under the feet of other tests.
    if (!built()) throw new Error('npm run build first');
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('finds that README.md and the examples do what they say', async () => {
    const { code, printed } = await tour();
    expect([printed, code]).toEqual([expect.stringMatching(/\ntour: \d+ steps, each as the text says\n$/), 0]);
  }, 180_000);

  it.each([
    ['answers otherwise', ['bash tour\necho one', 'text output\ntwo']],
    ['answers where nothing is shown', ['bash tour\necho one']],
    ['answers nothing where something is shown', ['bash tour\ntrue', 'text output\none']],
    ['fails', ['bash tour\nfalse']],
    ['complains', ['bash tour\necho no >&2; true']],
    ['throws', ["js tour\nthrow new Error('no');"]],
    ['is tried by nobody', ['bash\necho one']],
  ])(
    'fails at the first step that %s',
    async (name, blocks) => {
      const path = page(`${name}.md`, 'bash tour\necho first', 'text output\nfirst', ...blocks, 'bash tour\necho last');
      const { code, printed } = await tour(path);
      expect([printed, code]).toEqual([expect.stringContaining(`${path}:`), 1]);
      expect(printed).not.toMatch(/echo last\n/);
    },
    30_000,
  );
});
