import { url as inspectorUrl } from 'node:inspector';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import type { INestApplication, LoggerService } from '@nestjs/common';
import { createApp } from './app.js';
import { Bootstrap } from './auth/bootstrap.js';
import { type Config, ConfigError, loadConfig } from './config/config.js';
import { runMigrations } from './database/migrate.js';
import { type OpenDatabase, openDatabase } from './database/open-database.js';
import { Demo, tourText } from './demo/demo.js';
import { createLogger } from './logging/logger.js';
import { KeyPresence } from './pii/vault/keys/key-presence.js';

async function main(): Promise<void> {
  keepShortLivedYoung();
  const config = loadConfig(process.env);
  if (config.environment === 'production') closeInspector();
  const logger = createLogger(config);
  const database = await openDatabase(config);
  await runMigrations(database.connection);
  const app = await createApp(config, database.connection, logger);
  endOnSignal(app, database, logger, config.shutdownSeconds * 1_000);
  await app.get(KeyPresence, { strict: false }).require();
  await app.listen(config.port, config.host);
  // After the port is ours: a start that fails must not make the key that is shown only once.
  const bootstrapKey = await app.get(Bootstrap).run();

  const { port } = app.getHttpServer().address() as AddressInfo;
  const origin = config.publicUrl?.origin ?? `http://localhost:${port}`;
  announce(origin, config, bootstrapKey);
  if (config.demo) {
    const tour = await app.get(Demo, { strict: false }).seed(await app.getUrl());
    process.stdout.write(tourText(origin, tour, config.playground));
  }
}

/**
 * What lives as long as a commit often outlives one collection of the young generation. V8 concludes that such objects are
 * here to stay and makes the next ones in the old generation, where only a full collection finds that they are gone. Each of
 * those stands in the way of all sends (decision 20).
 */
function keepShortLivedYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}

/** Keys and originals are in memory: nobody may look into it by a debugger, which SIGUSR1 would start. @throws ConfigError */
function closeInspector(): void {
  if (inspectorUrl() !== undefined) throw new ConfigError('NODE_OPTIONS', 'must not open a debugger in production');
  process.on('SIGUSR1', () => undefined);
}

/** From here on a signal ends the process with 0, and with everything that it has begun. SIGHUP: its terminal was closed. */
function endOnSignal(app: INestApplication, database: OpenDatabase, logger: LoggerService, deadlineMs: number): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    logger.log('Shutting down', { signal }, 'Main');
    // A client that does not read keeps the server from closing for ever: there is a deadline.
    void Promise.race([app.close(), delay(deadlineMs)])
      .then(() => database.close())
      .then(
        () => process.exit(0),
        () => process.exit(1),
      );
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
}

/** For the person at the terminal. The key is shown here and nowhere else. */
function announce(origin: string, { playground, bootstrapApiKey }: Config, bootstrapKey: string | undefined): void {
  const lines = [
    `Cloakroom is listening.`,
    ...(playground ? [`  Playground       ${origin}/playground`] : []),
    `  API documents    ${origin}/docs`,
    `  OpenAPI          ${origin}/docs/json`,
    `  Socket events    ${origin}/docs/events`,
  ];
  if (bootstrapKey !== undefined) {
    lines.push(
      bootstrapApiKey ? '  Bootstrap key    as given in BOOTSTRAP_API_KEY' : `  Bootstrap key    ${bootstrapKey}`,
    );
    lines.push('                   (shown this once; send it as X-API-Key)');
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

main().catch((error: unknown) => {
  // One line that names the variable, or the place of the fault; never a value.
  const line = error instanceof ConfigError ? error.message : `Cloakroom cannot start: ${describe(error)}`;
  process.stderr.write(`${line}\n`);
  process.exit(1);
});

const describe = (error: unknown): string => (error instanceof Error ? `${error.name} ${error.message}` : 'unknown');
