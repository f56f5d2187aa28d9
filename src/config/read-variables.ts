import { ConfigError } from './config-error.js';
import { InvalidSetting } from './parsers.js';
import { VARIABLES, type Environment, type Values, type Variable, type VariableName } from './variables.js';

/** An empty variable counts as unset: compose files and CI systems pass `NAME=` where they mean nothing. */
const given = (env: NodeJS.ProcessEnv, name: string): string | undefined => env[name]?.trim() || undefined;

function read(env: NodeJS.ProcessEnv, name: string, variable: Variable<unknown>, environment: Environment): unknown {
  const raw = given(env, name);
  if (raw === undefined && variable.requiredInProduction && environment === 'production') {
    throw new ConfigError(name, 'must be set in production');
  }
  const { fallback } = variable;
  const effective = raw ?? (typeof fallback === 'function' ? fallback(environment) : fallback);
  if (effective === undefined) return undefined;
  try {
    return variable.parse(effective);
  } catch (error) {
    if (error instanceof InvalidSetting) throw new ConfigError(name, error.message);
    throw error;
  }
}

/** Parses every variable of the table on its own. Rules that concern several of them are `loadConfig`'s. */
export function readVariables(env: NodeJS.ProcessEnv): Values {
  const environment = read(env, 'NODE_ENV', VARIABLES.NODE_ENV, 'development') as Environment;
  const names = Object.keys(VARIABLES) as VariableName[];
  return Object.fromEntries(
    names.map((name) => [name, read(env, name, VARIABLES[name], environment)]),
  ) as unknown as Values;
}
