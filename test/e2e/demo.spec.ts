import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type MessageBody, type PageBody, refusal } from '../support/api.js';
import {
  type Ended,
  newDataDir,
  removeDataDir,
  runProgram,
  type ServiceProcess,
  startServiceProcess,
} from '../support/service-process.js';

/** What the tour printed under a name. */
const shown = (service: ServiceProcess, name: string): string =>
  new RegExp(`^ {2}(?:export )?${name}=(\\S+)$`, 'm').exec(service.printed())?.[1] ?? '';

describe('the demo', () => {
  const DATA_DIR = newDataDir();
  let service: ServiceProcess;
  const start = async (): Promise<void> => {
    service = await startServiceProcess({ DATA_DIR, DEMO: 'true' });
  };
  const history = async (name: string, headers = {}): Promise<readonly MessageBody[]> => {
    const api = new Api(service.url, shown(service, name));
    return (await api.get<PageBody<MessageBody>>(`/v1/chat/${shown(service, 'CHAT')}/messages`, headers)).body.items;
  };
  beforeAll(start, 60_000);
  afterAll(async () => {
    await service.stop();
    removeDataDir(DATA_DIR);
  });

  it('shows a chat masked to one, and with originals to the other', async () => {
    const masked = await history('SUPPORT');
    expect(masked).toHaveLength(3);
    expect(JSON.stringify(masked)).not.toMatch(/Lovelace|@example|555 0147/);
    const [, second] = await history('DESK', { 'X-Chat-History-Pii-Mapping': 'vault' });
    expect(second?.message).toBe('Please write to ada.lovelace@example.org or call +1 212 555 0147.');
    const support = new Api(service.url, shown(service, 'SUPPORT'));
    const path = `/v1/chat/${shown(service, 'CHAT')}/messages`;
    expect(await refusal(support.get(path, { 'X-Chat-History-Pii-Mapping': 'vault' }))).toBe('403 pii_access_required');
  });

  it('prints commands that do what it says', async () => {
    const settings = ['CLOAKROOM_URL', 'CHAT', 'SPACE', 'DESK', 'SUPPORT'].map(
      (name) => `${name}=${shown(service, name)}`,
    );
    const commands = service.printed().match(/curl (?:\\\n|[^\n])*/g) ?? [];
    expect(commands).toHaveLength(4);
    const script = [...settings, ...commands.map((command) => `${command}; echo`)]
      .join('\n')
      .replaceAll('http://localhost', 'http://127.0.0.1');
    const answers = (await bash(script)).stdout.trim().split('\n');
    const codes = answers.map((line) => (JSON.parse(line) as { code?: string; kind?: string }).code);
    expect(codes).toEqual([undefined, undefined, 'pii_access_required', undefined]);
    expect(JSON.parse(answers[3] ?? '')).toMatchObject({ kind: 'value' });
  }, 30_000);

  it('is the same after a second start, with new keys', async () => {
    const [before, desk] = [await history('SUPPORT'), shown(service, 'DESK')];
    await service.stop();
    await start();
    expect(await history('SUPPORT')).toEqual(before);
    expect(shown(service, 'DESK')).not.toBe(desk);
  }, 60_000);

  it('is refused in production', async () => {
    const { code, stderr } = await runProgram('src/main.ts', { NODE_ENV: 'production', DEMO: 'true' });
    expect([code, stderr.trim().split('\n').length]).toEqual([1, 1]);
    expect(stderr).toMatch(/^(DEMO|DATABASE_URL) must/);
  });

  describe('and the command line', () => {
    const cloakroom = (args: readonly string[], key = shown(service, 'DESK')): Promise<Ended> =>
      runProgram('src/cli/cloakroom.ts', { CLOAKROOM_URL: service.url, CLOAKROOM_API_KEY: key }, args);

    it('says who one is, sends, and asks for a connection string', async () => {
      const chatId = shown(service, 'CHAT');
      expect((await cloakroom(['user', 'me'])).stdout).toMatch(/^\S{36} {2}Case desk\n$/);
      const sent = await cloakroom(['--json', 'chat', 'send', chatId, 'mail zoe@example.org']);
      expect(JSON.parse(sent.stdout)).toMatchObject({ seq: 4, message: 'mail zoe@example.org' });
      const ticket = await cloakroom(['--json', 'connection-string', chatId]);
      expect(Object.keys(JSON.parse(ticket.stdout) as object)).toContain('messageKey');
    }, 60_000);

    it('makes users and keys with the key of an administrator, and says the code of a refusal', async () => {
      const refused = await cloakroom(['user', 'create', 'Mo']);
      expect([refused.code, refused.stdout, refused.stderr]).toEqual([
        1,
        '',
        'cloakroom: forbidden: You may not do this.\n',
      ]);
      const nobody = await cloakroom(['user', 'me'], 'ckr_test_nobody');
      expect(nobody.stderr).toMatch(/^cloakroom: unauthenticated: /);
      expect((await cloakroom(['user', 'me'], '')).stderr).toMatch(/^cloakroom: CLOAKROOM_API_KEY or --key-file /);
      expect((await cloakroom(['nonsense'])).code).toBe(1);
    }, 60_000);
  });
});

const bash = (script: string): Promise<{ stdout: string }> =>
  new Promise((resolve, reject) => {
    execFile('bash', ['-c', script], { timeout: 20_000 }, (error, stdout) =>
      error ? reject(error) : resolve({ stdout }),
    );
  });
