import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Ended, newDataDir, removeDataDir, runProgram, startProgram } from '../support/service-process.js';
import { startTestApp, TEST_SECRETS, type TestApp } from '../support/test-app.js';

const PROGRAM = 'src/cli/cloakroom.ts';
const SECOND_KEY = `m2:${Buffer.alloc(32, 4).toString('base64url')}`;
/** Draws a terminal, of which a program believes that a person sits there. */
const terminal = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0 ? it : it.skip;

describe('the command line', () => {
  let service: TestApp;
  let chatId: string;
  beforeAll(async () => {
    service = await startTestApp();
    chatId = (await service.admin.workspace()).defaultChatId;
  });
  afterAll(() => service.close());

  const env = (key: string) => ({ CLOAKROOM_URL: service.url, CLOAKROOM_API_KEY: key });
  const cloakroom = (args: readonly string[], key = service.adminKey): Promise<Ended> =>
    runProgram(PROGRAM, env(key), args);
  const answer = async (args: readonly string[], key?: string): Promise<Record<string, unknown>> => {
    const { stdout, stderr } = await cloakroom(['--json', ...args], key);
    expect(stderr).toBe('');
    return JSON.parse(stdout) as Record<string, unknown>;
  };

  it('makes a user with a key, lists the keys and revokes one', async () => {
    const { stdout: id, code } = await cloakroom(['user', 'create', 'Mo', '--external-id', 'employee-7']);
    expect([id, code]).toEqual([expect.stringMatching(/^\S{36}\n$/), 0]);
    const userId = id.trim();
    const key = await answer(['key', 'create', userId, 'laptop', '--expires', '2099-01-01T00:00:00Z']);
    expect(key).toMatchObject({ name: 'laptop', key: expect.stringMatching(/^ckr_test_/) });
    expect((await cloakroom(['user', 'me'], String(key['key']))).stdout).toBe(`${userId}  Mo\n`);
    expect((await cloakroom(['key', 'list', userId])).stdout).toMatch(/^\S{36} {2}laptop {2}\S+\n$/);
    expect(await answer(['key', 'revoke', String(key['id'])])).toEqual({ id: key['id'], revoked: true });
    expect((await cloakroom(['user', 'me'], String(key['key']))).stderr).toMatch(/^cloakroom: unauthenticated: /);
  }, 60_000);

  it('sends, asks for a connection string and shows what is said from now on', async () => {
    const first = await answer(['chat', 'send', chatId, 'mail zoe@example.org']);
    expect(first).toMatchObject({ seq: 1, message: 'mail zoe@example.org' });
    expect(Object.keys(await answer(['connection-string', chatId]))).toContain('messageKey');
    const tail = startProgram(PROGRAM, env(service.adminKey), ['chat', 'tail', chatId, '--after', '0']);
    await tail.says('1  mail <EMAIL_ADDRESS_1>\n');
    await service.admin.post(`/v1/chat/${chatId}/messages`, { message: 'call +1 212 555 0147' });
    await tail.says('2  call <PHONE_NUMBER_1>\n');
    expect(await tail.stop()).toMatchObject({ code: 0, stderr: '' });
  }, 60_000);

  it('prints the OpenAPI document', async () => {
    expect(JSON.parse((await cloakroom(['openapi'])).stdout)).toEqual((await service.admin.get('/docs/json')).body);
  }, 30_000);

  it('says the code of a refusal in one line', async () => {
    const { api } = await service.admin.user('Jo');
    const refused = await cloakroom(['user', 'create', 'Mo'], api.key);
    expect(refused).toEqual({ code: 1, stdout: '', stderr: 'cloakroom: forbidden: You may not do this.\n' });
    expect((await cloakroom(['user', 'me'], 'ckr_test_nobody')).stderr).toMatch(/^cloakroom: unauthenticated: /);
    expect((await cloakroom(['user', 'me'], '')).stderr).toMatch(/^cloakroom: CLOAKROOM_API_KEY or --key-file /);
    expect((await cloakroom(['nonsense'])).code).toBe(1);
  }, 60_000);

  describe('on the machine of the operator', () => {
    const DATA_DIR = newDataDir();
    afterAll(() => removeDataDir(DATA_DIR));
    const here = (settings: Readonly<Record<string, string>> = {}) => ({
      DATA_DIR,
      DATABASE_URL: service.database.url,
      ...TEST_SECRETS,
      ...settings,
    });
    const tool = async (...args: readonly string[]): Promise<[number | null, unknown]> => {
      const { code, stdout } = await runProgram(PROGRAM, here(), ['--json', ...args]);
      return [code, JSON.parse(stdout)];
    };

    it('answers of master keys, the audit and the settings in JSON', async () => {
      expect(await tool('keys', 'list')).toEqual([
        0,
        { kid: 'm1', current: true, present: true, chatKeys: expect.any(Number), pendingErasures: 0 },
      ]);
      expect(await tool('keys', 'retire', 'm1')).toEqual([
        1,
        { kid: 'm1', retired: false, reason: expect.any(String) },
      ]);
      expect(await tool('audit', 'verify')).toEqual([0, { whole: true, broken: [] }]);
      expect(await tool('checkconfig')).toEqual([
        0,
        { ok: true, settings: expect.objectContaining({ environment: 'development', database: 'DATABASE_URL' }) },
      ]);
      const { code, stdout } = await runProgram(PROGRAM, here({ PORT: 'nonsense' }), ['checkconfig', '--json']);
      expect([code, JSON.parse(stdout)]).toEqual([1, expect.objectContaining({ ok: false, variable: 'PORT' })]);
      expect((await runProgram(PROGRAM, here(), ['keys', 'list', '--nonsense'])).stderr).toMatch(/^Usage: /);
    }, 60_000);

    terminal(
      'shows on a terminal how far a rotation is, and elsewhere in lines',
      async () => {
        const settings = here({ MASTER_KEYS: `${SECOND_KEY},${TEST_SECRETS.MASTER_KEYS}` });
        const { stdout, stderr } = await runProgram(PROGRAM, settings, ['--json', 'keys', 'rotate']);
        const { rewrapped, kid } = JSON.parse(stdout) as { rewrapped: number; kid: string };
        expect([kid, rewrapped > 0, stderr]).toEqual(['m2', true, expect.stringMatching(/\d+ keys rewrapped\n/)]);
        const back = here({ MASTER_KEYS: `${TEST_SECRETS.MASTER_KEYS},${SECOND_KEY}` });
        const command = `${process.execPath} dist/src/cli/keys.js rotate`;
        const { stdout: screen } = spawnSync('script', ['-qec', command, '/dev/null'], {
          env: { PATH: process.env['PATH'], TERM: 'xterm', ...back },
          encoding: 'utf8',
          timeout: 30_000,
        });
        expect(screen).toContain(`0 of ${rewrapped} keys rewrapped`);
        expect(screen).toContain(`${rewrapped} keys rewrapped with m1`);
      },
      60_000,
    );
  });
});
