import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * npm run check:image: does what the Dockerfile says, without an engine. Each stage becomes a directory, COPY and RUN are
 * done in it, and what CMD names runs as a stranger who may not write there, against a PostgreSQL of its own, until the
 * command of HEALTHCHECK is content and SIGTERM ends it with 0. Base images are taken to be this machine's Node.
 */
process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const HEALTHY_WITHIN_MS = 30_000;
const root = mkdtempSync(join(tmpdir(), 'cloakroom-image-'));
const stages = new Map();
let stage;

/** Instructions of the Dockerfile, with continued lines joined. */
const instructions = readFileSync('Dockerfile', 'utf8')
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n\s*/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => /^(\w+)\s+(.*)$/.exec(line.trim()));

const perform = {
  FROM(rest) {
    const [, image, , name = 'final'] = /^(\S+)(\s+AS\s+(\S+))?$/.exec(rest);
    if (!image.startsWith('node:')) throw new Error(`no way to stand in for ${image}`);
    stage = { name, root: join(root, name), env: { PATH: process.env.PATH, HOME: process.env.HOME }, cwd: '/' };
    mkdirSync(stage.root);
    stages.set(name, stage);
  },
  WORKDIR(path) {
    stage.cwd = path;
    mkdirSync(join(stage.root, path), { recursive: true });
  },
  ENV(rest) {
    const [, name, value] = /^(\w+)=(.*)$/.exec(rest);
    stage.env[name] = value;
  },
  COPY(rest) {
    const parts = rest.split(/\s+/);
    const from = parts[0].startsWith('--from=') ? stages.get(parts.shift().slice('--from='.length)) : undefined;
    const target = join(stage.root, stage.cwd, parts.pop());
    for (const source of parts) {
      if (from) copy(join(from.root, source), target);
      else for (const file of contextBelow(source)) copy(file, join(target, dirname(source === '.' ? file : '.')));
    }
  },
  RUN(command) {
    const { status } = spawnSync('sh', ['-ec', command], {
      cwd: join(stage.root, stage.cwd),
      env: stage.env,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (status !== 0) throw new Error(`RUN ended with ${status}: ${command}`);
  },
  USER: (user) => void (stage.user = Number(user)),
  EXPOSE: () => undefined,
  HEALTHCHECK: (rest) => void (stage.healthcheck = JSON.parse(rest.slice(rest.indexOf('[')))),
  CMD: (rest) => void (stage.command = JSON.parse(rest)),
};

/** Files of the repository that the engine would be sent: .dockerignore names files and folders of the top, or of any depth. */
function contextBelow(source) {
  const ignored = readFileSync('.dockerignore', 'utf8').split('\n').filter(Boolean);
  const isIgnored = (file) =>
    ignored.some((name) =>
      name.startsWith('**/')
        ? file.split('/').some((part) => matches(part, name.slice(3)))
        : matches(file.split('/')[0], name),
    );
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
  });
  return files.split('\0').filter((file) => file !== '' && !isIgnored(file) && (source === '.' || file === source));
}

const matches = (name, pattern) => new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(name);

/** As COPY does: a directory's content into the target, a file into it. */
function copy(source, target) {
  mkdirSync(target, { recursive: true });
  const isDirectory = spawnSync('test', ['-d', source]).status === 0;
  cpSync(source, isDirectory ? target : join(target, basename(source)), { recursive: true, verbatimSymlinks: true });
}

/** A PostgreSQL that is reached over TCP, which a stranger may. */
async function database() {
  const { startEmbeddedPostgres } = await import('../dist/src/database/embedded-postgres.js');
  const dataDir = join(mkdtempSync(join(tmpdir(), 'cloakroom-image-data-')), 'postgres');
  const server = await startEmbeddedPostgres({ dataDir, fast: true });
  const url = new URL(server.url);
  const path = join(decodeURIComponent(url.hostname), `.s.PGSQL.${url.port || 5432}`);
  const bridge = createServer((socket) => {
    const inner = createConnection(path);
    socket.pipe(inner).pipe(socket);
    for (const end of [socket, inner]) end.on('error', () => end.destroy());
  }).listen(0, '127.0.0.1');
  await once(bridge, 'listening');
  const { port } = bridge.address();
  return {
    url: `postgres://${url.username || 'postgres'}@127.0.0.1:${port}${url.pathname}`,
    stop: async () => {
      bridge.close();
      await server.stop();
      rmSync(dirname(dataDir), { recursive: true, force: true });
    },
  };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

async function runFinal() {
  const postgres = await database();
  const secret = () => randomBytes(32).toString('base64url');
  const port = await freePort();
  const isRoot = process.getuid() === 0;
  const options = {
    cwd: join(stage.root, stage.cwd),
    env: {
      ...stage.env,
      PORT: String(port),
      DATABASE_URL: postgres.url,
      API_KEY_SECRET: secret(),
      TOKEN_KEYS: `t1:${secret()}`,
      MASTER_KEYS: `m1:${secret()}`,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
    // Nothing below belongs to that user, so that whatever tries to write fails.
    ...(isRoot && { uid: stage.user, gid: stage.user }),
  };
  if (isRoot) chownSync(root, 0, stage.user);
  execFileSync('chmod', ['-R', 'a+rX,go-w', root]);
  const [program, ...args] = stage.command;
  const service = spawn(program, args, options);
  const ended = once(service, 'exit');
  try {
    const [probe, ...probeArgs] = stage.healthcheck;
    const deadline = performance.now() + HEALTHY_WITHIN_MS;
    // Not spawnSync: the bridge to the database runs in this process.
    while ((await once(spawn(probe, probeArgs, { ...options, stdio: 'ignore' }), 'exit'))[0] !== 0) {
      if (service.exitCode !== null || performance.now() > deadline) throw new Error('HEALTHCHECK was never content');
    }
    service.kill('SIGTERM');
    const [code] = await ended;
    if (code !== 0) throw new Error(`CMD ended with ${code} on SIGTERM`);
  } finally {
    service.kill('SIGKILL');
    await postgres.stop();
  }
}

try {
  for (const [line, word, rest] of instructions) {
    console.log(`image: ${line}`);
    perform[word](rest);
  }
  await runFinal();
  const { components } = JSON.parse(readFileSync(join(stage.root, stage.cwd, 'sbom.cdx.json'), 'utf8'));
  console.log(`image: healthy, ended by SIGTERM; its bill of materials names ${components.length} packages`);
} finally {
  rmSync(root, { recursive: true, force: true });
}
