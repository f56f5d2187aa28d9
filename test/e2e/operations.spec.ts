import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type MessageBody } from '../support/api.js';
import { ChatClient, type Ticket, ticketFor } from '../support/chat-client.js';
import { type DebianPostgres, startDebianPostgres, whyNoPostgres } from '../support/debian-postgres.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';

const PAGE = readFileSync('docs/operations.md', 'utf8');
const withPostgres = whyNoPostgres === undefined ? describe : describe.skip;
if (whyNoPostgres !== undefined) console.warn(`Commands of docs/operations.md are not tried: ${whyNoPostgres}`);

/** Which key has signed a connection string. */
const kidOf = ({ connectionString }: Ticket): string => {
  const [header = ''] = connectionString.split('.');
  return (JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }).kid;
};

/** Commands by their names: "```bash name". */
const commands = new Map(
  [...PAGE.matchAll(/^```bash ?(.*)\n([^]*?)^```$/gm)].map(([, name = '', command = '']) => [name, command]),
);

withPostgres('docs/operations.md', () => {
  const directory = mkdtempSync(join(tmpdir(), 'cloakroom-operations-'));
  let postgres: DebianPostgres;
  let service: ServiceProcess;
  /** What the operator's shell has in its environment. */
  let shell: Record<string, string>;
  let desk: Api;
  let chatId: string;
  let history: string;
  let checked: string;

  beforeAll(async () => {
    for (const folder of ['etc', 'backups']) mkdirSync(join(directory, folder));
    postgres = await startDebianPostgres();
    shell = {
      PATH: `${postgres.bin}:${process.env['PATH'] ?? ''}`,
      HOME: directory,
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      DATABASE_URL: postgres.url,
    };
    checked = await operate('secrets');
    service = await startServiceProcess(shell);
    const admin = new Api(service.url, service.bootstrapKey);
    const workspace = await admin.workspace();
    chatId = workspace.defaultChatId;
    history = `/v1/chat/${chatId}/messages`;
    const me = await admin.user('Case desk', ['pii:rehydrate']);
    await admin.put(`/v1/workspaces/${workspace.id}/members/${me.id}`, { role: 'member', piiAccess: true });
    desk = me.api;
    await desk.post(history, { message: 'mail ada@example.org' });
  }, 90_000);
  afterAll(async () => {
    await service?.stop();
    await postgres?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Does a command of the page as its reader does, who has folders and a port of their own. */
  async function operate(name: string): Promise<string> {
    const command = (commands.get(name) ?? `echo "no command ${name}"; exit 1`)
      .replaceAll('/etc/cloakroom', join(directory, 'etc'))
      .replaceAll('/var/backups', join(directory, 'backups'))
      .replaceAll('http://localhost:3000', service?.url);
    const script = `set -euo pipefail\n${command}\necho '@@'\nenv -0`;
    const { stdout } = await promisify(execFile)('bash', ['-c', script], { env: shell, timeout: 60_000 });
    const [output = '', environment = ''] = stdout.split('@@\n');
    shell = Object.fromEntries(
      environment
        .split('\0')
        .filter((entry) => entry.includes('=') && !entry.startsWith('_='))
        .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
    );
    return output;
  }

  const originals = async (): Promise<(string | undefined)[]> => {
    const page = await desk.get<{ items: MessageBody[] }>(history, { 'X-Chat-History-Pii-Mapping': 'vault' });
    return page.body.items.map(({ message }) => message);
  };

  it('makes secrets with which a start in production is content', async () => {
    expect(checked).toMatch(/^OK\n/);
    expect(await originals()).toContain('mail ada@example.org');
  });

  it('keeps and brings back everything, with the audit that was kept', async () => {
    const before = await originals();
    await operate('backup');
    await desk.post(history, { message: 'after the backup' });
    expect(await service.stop()).toBe(0);
    const restored = await operate('restore');
    expect(restored).toMatch(/^m\d +current +1 /m);
    expect(restored).toContain('The audit is whole.');
    service = await startServiceProcess(shell);
    desk = new Api(service.url, desk.key);
    expect(await operate('ready')).toContain('"status":"ok"');
    expect(await originals()).toEqual(before);
  }, 90_000);

  it('rotates the master keys while the service runs, and ends the old one', async () => {
    const rotated = await operate('rotate');
    expect(rotated).toMatch(/1 keys rewrapped with \S+ in/);
    expect(rotated).toContain('The master key m1 is destroyed.');
    expect(readFileSync(join(directory, 'etc/master-keys'), 'utf8')).not.toContain('m1:');
    expect(await originals()).toContain('mail ada@example.org');
  }, 60_000);

  it('rotates the keys that sign connection strings, node by node', async () => {
    const old = await ticketFor(desk, chatId);
    expect(await operate('token-keys')).toMatch(/token keys +t2, t1/);
    expect(await service.stop()).toBe(0);
    service = await startServiceProcess(shell);
    desk = new Api(service.url, desk.key);
    const fresh = await ticketFor(desk, chatId);
    expect([old, fresh].map(kidOf)).toEqual(['t1', 't2']);
    for (const ticket of [old, fresh]) {
      const client = await ChatClient.open(desk, chatId, {}, ticket);
      expect((await client.send(`opened with ${kidOf(ticket)}`)).ok).toBe(true);
      client.close();
    }
  }, 60_000);

  it('verifies the audit, and says what fills up', async () => {
    expect(await operate('verify')).toContain('The audit is whole.');
    expect(await operate('heads')).toContain('The audit is whole.');
    const capacity = await operate('capacity');
    expect(capacity).toMatch(/^ messages +\| \d+ kB/m);
    expect(capacity).toContain('cloakroom_queue_length{queue="messages"} 0');
  }, 60_000);

  it('has no command that was not tried', () => {
    const tried = [...readFileSync('test/e2e/operations.spec.ts', 'utf8').matchAll(/operate\('(.+?)'\)/g)];
    expect(new Set(tried.map(([, name]) => name))).toEqual(new Set(commands.keys()));
  });
});

describe('the page for operators', () => {
  it('says of every alert what to do', () => {
    const rules = readFileSync('deploy/prometheus/alerts.yaml', 'utf8');
    const alerts = [...rules.matchAll(/^ +- alert: (\w+)$/gm)].map(([, name]) => name);
    const explained = [...PAGE.matchAll(/^\| `(Cloakroom\w+)` /gm)].map(([, name]) => name);
    expect(alerts.length).toBeGreaterThan(5);
    expect(explained).toEqual(alerts);
  });
});
