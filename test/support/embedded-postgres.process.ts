import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.js';

/*
 * A process that uses the embedded PostgreSQL of the directory given as its argument, until SIGTERM. Prints one line of
 * JSON when it is ready. Tests kill it.
 */
const server = await startEmbeddedPostgres({ dataDir: process.argv[2] ?? '' });
console.log(JSON.stringify({ url: server.url, pid: server.pid, shared: server.shared }));
const alive = setInterval(() => undefined, 60_000);
process.once('SIGTERM', () => {
  clearInterval(alive);
  void server.stop();
});
