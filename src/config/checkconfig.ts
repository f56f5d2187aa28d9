import { Config, ConfigError, loadConfig } from './config.js';
import { previewedSecrets } from './development-secrets.js';

/** What was understood, in words that may stand in any log. */
function understood(config: Config): readonly (readonly [string, string])[] {
  return [
    ['environment', config.environment],
    ['listens on', `${config.host}:${config.port}`],
    ['database', config.databaseUrl === undefined ? `embedded, in ${config.dataDir}` : 'DATABASE_URL'],
    ['token keys', config.tokenKeys.map(({ kid }) => kid).join(', ')],
    ['master keys', config.masterKeys.map(({ kid }) => kid).join(', ')],
    ['origins', config.originsAllowedAt(config.port).join(', ') || 'none'],
    ['transports', config.socketTransports.join(', ')],
    ['bearer tokens', config.jwt?.issuer ?? 'not accepted'],
  ];
}

const asJson = process.argv.includes('--json');

/** `npm run -s checkconfig [-- --json]`: says what a start would say about the environment, without starting or writing. */
try {
  const settings = understood(loadConfig(process.env, previewedSecrets));
  if (asJson) console.log(JSON.stringify({ ok: true, settings: Object.fromEntries(settings) }));
  else console.log(['OK', ...settings.map(([name, value]) => `  ${name.padEnd(14)}${value}`)].join('\n'));
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  const { variable, message } = error;
  if (asJson) console.log(JSON.stringify({ ok: false, variable, message }));
  else console.error(message);
  process.exitCode = 1;
}
