import { Config, ConfigError, loadConfig } from './config.js';
import { previewedSecrets } from './development-secrets.js';

/** What was understood, in words that may stand in any log. */
function summary(config: Config): string {
  const lines: readonly (readonly [string, string])[] = [
    ['environment', config.environment],
    ['listens on', `${config.host}:${config.port}`],
    ['database', config.databaseUrl === undefined ? `embedded, in ${config.dataDir}` : 'DATABASE_URL'],
    ['token keys', config.tokenKeys.map(({ kid }) => kid).join(', ')],
    ['master keys', config.masterKeys.map(({ kid }) => kid).join(', ')],
    ['origins', config.originsAllowedAt(config.port).join(', ') || 'none'],
    ['transports', config.socketTransports.join(', ')],
    ['bearer tokens', config.jwt?.issuer ?? 'not accepted'],
  ];
  return ['OK', ...lines.map(([name, value]) => `  ${name.padEnd(14)}${value}`)].join('\n');
}

/** `npm run -s checkconfig`: says what a start would say about the environment, without starting or writing anything. */
try {
  console.log(summary(loadConfig(process.env, previewedSecrets)));
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
