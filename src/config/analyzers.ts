import { ConfigError } from './config-error.js';
import type { Values } from './variables.js';

/** A Presidio analyzer service. */
export interface PresidioService {
  readonly url: URL;
  readonly language: string;
  readonly timeoutMs: number;
}

/** Who finds personal data. */
export interface Analyzers {
  /** Whether the detector of this process is asked; it stands in for the others when they fail in any case. */
  readonly builtin: boolean;
  readonly presidio: PresidioService | undefined;
  /** Folder of a model that is run in this process. */
  readonly model: string | undefined;
}

/** @throws ConfigError where Presidio is wanted and nobody says where it is */
export function analyzersOf(values: Values): Analyzers {
  const { PII_ANALYZER: choice, PRESIDIO_URL: url, PII_ONNX_MODEL: model } = values;
  const builtin = choice !== 'presidio';
  if (choice === 'builtin') return Object.freeze({ builtin, presidio: undefined, model });
  if (url === undefined) throw new ConfigError('PRESIDIO_URL', 'must be set where PII_ANALYZER names presidio');
  const service = { url, language: values.PRESIDIO_LANGUAGE, timeoutMs: values.PRESIDIO_TIMEOUT_MS };
  return Object.freeze({ builtin, presidio: Object.freeze(service), model });
}
