import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type MessageBody, type PageBody, refusal } from '../support/api.js';
import {
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
  /** The lines to paste, as they are printed. */
  const settings = (): string[] =>
    [...service.printed().matchAll(/^ {2}((?:export )?[A-Z_]+=\S+)$/gm)].map(([, line = '']) => line);
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
    const commands = service.printed().match(/curl (?:\\\n|[^\n])*/g) ?? [];
    expect(commands).toHaveLength(4);
    const answers = (await bash([...settings(), ...commands.map((command) => `${command}; echo`)])).trim().split('\n');
    const codes = answers.map((line) => (JSON.parse(line) as { code?: string; kind?: string }).code);
    expect(codes).toEqual([undefined, undefined, 'pii_access_required', undefined]);
    expect(JSON.parse(answers[3] ?? '')).toMatchObject({ kind: 'value' });
  }, 30_000);

  it('prints how to listen in one terminal and send from another', async () => {
    const [listen, send] = service.printed().match(/CLOAKROOM_API_KEY=.* npm run -s cloakroom .*/g) ?? [];
    const heard = join(DATA_DIR, 'heard.txt');
    // The listener says nothing when it is there: hence more than one message, until it has heard one.
    const script = [
      `${listen} > ${heard} & listener=$!`,
      `for try in {1..20}; do ${send} >/dev/null; grep -q PHONE ${heard} && break; done`,
      'kill $listener; wait $listener',
      `head -n 1 ${heard}`,
    ];
    expect(await bash([...settings(), ...script])).toMatch(/^\d+ {2}call <PHONE_NUMBER_1>\n$/);
  }, 60_000);

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
});

const bash = (lines: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile('bash', ['-c', lines.join('\n')], { timeout: 50_000 }, (error, stdout) =>
      error ? reject(error) : resolve(stdout),
    );
  });
