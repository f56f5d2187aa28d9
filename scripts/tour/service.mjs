import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const START_MS = 300_000;

/**
 * A port that is ours from now on, for a server that gets one of its own later: a number that is only drawn may be taken
 * when it is needed.
 */
export async function openDoor() {
  let behind = 0;
  const server = createServer((socket) => {
    const other = connect(behind, 'localhost');
    const drop = () => void (socket.destroy(), other.destroy());
    socket.on('error', drop).pipe(other).on('error', drop).pipe(socket);
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return { port: server.address().port, leadTo: (port) => void (behind = port), close: () => void server.close() };
}

/**
 * Runs a command that goes on until it is stopped, and waits for what it prints when it is ready.
 *
 * @param {string} command
 * @param {NodeJS.ProcessEnv} env
 * @param {RegExp} ready
 */
export async function startProgram(command, env, ready) {
  // A group of its own: npm and the shell do not always pass on that they are to end.
  const child = spawn('bash', ['-c', command], { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const closed = once(child, 'close');
  let printed = '';
  let timer;
  await new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${command}: not ready:\n${printed}`)), START_MS);
    const note = (text) => {
      printed += text;
      if (ready.test(printed)) resolve();
    };
    child.stdout.setEncoding('utf8').on('data', note);
    child.stderr.setEncoding('utf8').on('data', note);
    void closed.then(() => reject(new Error(`${command}: has ended:\n${printed}`)));
  }).finally(() => clearTimeout(timer));
  return {
    printed,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) process.kill(-Number(child.pid), 'SIGTERM');
      await closed;
    },
  };
}
