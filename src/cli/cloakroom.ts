import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { CloakroomError, connect, getConnectionString } from '../client/client.js';
import { CommandError, Service, type ServiceOptions } from './service.js';

/*
 * npm run -s cloakroom -- <command>: users, keys and chats of a running service, and the tools of its operator.
 */
interface Options extends ServiceOptions {
  readonly json?: boolean;
}

const program = new Command('cloakroom')
  .description('Users, keys and chats of a running Cloakroom, and the tools of its operator.')
  .addOption(new Option('--url <url>', 'the service').env('CLOAKROOM_URL').default('http://localhost:3000'))
  .option('--key-file <file>', 'file with the API key, - for standard input; else CLOAKROOM_API_KEY')
  .option('--json', 'answer in JSON, one document a line')
  .enablePositionalOptions()
  .showHelpAfterError('(add --help for what there is)');

const options = (): Options => program.opts<Options>();
const service = (): Service => new Service(options());

/** Prints a result: all of it as JSON, or the members that a person asked for. */
function print(result: object, ...members: readonly string[]): void {
  const values = result as Readonly<Record<string, unknown>>;
  const line = options().json ? JSON.stringify(result) : members.map((member) => String(values[member])).join('  ');
  process.stdout.write(`${line}\n`);
}

interface Item {
  readonly items: readonly object[];
  readonly nextCursor: string | null;
}

/** All pages of a list, as they come. */
async function printAll(path: string, ...members: readonly string[]): Promise<void> {
  const from = service();
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: Item = await from.call<Item>('GET', cursor === '' ? path : `${path}?cursor=${cursor}`);
    for (const item of page.items) print(item, ...members);
    cursor = page.nextCursor;
  }
}

const user = program.command('user').description('users');
user
  .command('create <displayName>')
  .description('needs a key with the scope admin')
  .option('--external-id <id>', 'id in your own system')
  .action(async (displayName: string, { externalId }: { externalId?: string }) => {
    print(await service().call('POST', '/v1/users', { displayName, ...(externalId && { externalId }) }), 'id');
  });
user
  .command('me')
  .description('whose key this is')
  .action(async () => print(await service().call('GET', '/v1/users/me'), 'id', 'displayName'));

const key = program.command('key').description('API keys of users');
key
  .command('create <userId> <name>')
  .description('shows the key, this once')
  .addOption(new Option('--scope <scope...>', 'rights of the key').choices(['admin', 'pii:rehydrate']))
  .option('--expires <time>', 'ISO 8601')
  .action(async (userId: string, name: string, given: { scope?: string[]; expires?: string }) => {
    const { scope: scopes = [], expires: expiresAt } = given;
    const body = { name, scopes, ...(expiresAt && { expiresAt }) };
    print(await service().call('POST', `/v1/users/${encodeURIComponent(userId)}/api-keys`, body), 'key');
  });
key
  .command('list <userId>')
  .action((userId: string) => printAll(`/v1/users/${encodeURIComponent(userId)}/api-keys`, 'id', 'name', 'lastUsedAt'));
key.command('revoke <keyId>').action(async (keyId: string) => {
  await service().call('DELETE', `/v1/api-keys/${encodeURIComponent(keyId)}`);
  print({ id: keyId, revoked: true }, 'id');
});

program
  .command('connection-string <chatId>')
  .description('what opens a chat on the socket, once and soon')
  .action(async (chatId: string) => {
    const { url, key: apiKey } = service();
    print(await getConnectionString({ url, apiKey, chatId }), 'connectionString', 'messageKey');
  });

const chat = program.command('chat').description('messages of a chat, live');
chat
  .command('send <chatId> [message]')
  .description('without a message: each line of standard input is one')
  .action(async (chatId: string, message?: string) => {
    const { url, key: apiKey } = service();
    const lines = message === undefined ? readFileSync(0, 'utf8').split('\n').filter(Boolean) : [message];
    const open = await connect({ url, apiKey, chatId });
    try {
      for (const line of lines) print(await open.send(line), 'seq', 'text');
    } finally {
      open.close();
    }
  });
chat
  .command('tail <chatId>')
  .description('prints what is said from now on, until it is stopped')
  .option('--after <seq>', 'what was said after this sequence, too', Number)
  .option('--rehydrate', 'with originals: needs piiAccess, and a key with the scope pii:rehydrate')
  .action(async (chatId: string, { after, rehydrate }: { after?: number; rehydrate?: boolean }) => {
    const { url, key: apiKey } = service();
    const settings = { ...(after !== undefined && { lastSeq: after }), ...(rehydrate && { rehydrate }) };
    const open = await connect({ url, apiKey, chatId, ...settings });
    process.once('SIGINT', () => open.close());
    process.once('SIGTERM', () => open.close());
    for await (const said of open) print(said, 'seq', rehydrate ? 'message' : 'text');
  });

program
  .command('openapi')
  .description('the OpenAPI document of the service')
  .action(async () => {
    const answer = await fetch(new URL('/docs/json', options().url));
    process.stdout.write(`${await answer.text()}\n`);
  });

/** What works on the database and the settings of this very machine, each a program of its own. */
const TOOLS = [
  ['keys', './keys', 'master keys of the vault: list, rotate, retire <kid>'],
  ['audit', './audit', 'audit: verify [--heads <file>], heads'],
  ['checkconfig', '../config/checkconfig', 'check the settings'],
] as const;
for (const [name, file, description] of TOOLS) {
  program
    .command(`${name} [args...]`)
    .description(description)
    .allowUnknownOption()
    .passThroughOptions()
    .action((args: string[]) => {
      const tool = fileURLToPath(new URL(file + extname(import.meta.url), import.meta.url));
      const given = [...process.execArgv, tool, ...args, ...(options().json ? ['--json'] : [])];
      process.exitCode = spawnSync(process.execPath, given, { stdio: 'inherit' }).status ?? 1;
    });
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommandError || error instanceof CloakroomError)) throw error;
  process.stderr.write(`cloakroom: ${error.message}\n`);
  process.exitCode = 1;
}
