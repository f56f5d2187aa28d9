import type { Values } from './variables.js';

/** How traces are sent. */
export interface TracesSettings {
  readonly protocol: Values['OTEL_EXPORTER_OTLP_PROTOCOL'];
}

/** Undefined where nobody asks for traces. */
export function tracesSettings(values: Values): TracesSettings | undefined {
  const { OTEL_TRACES_EXPORTER: exporter, OTEL_EXPORTER_OTLP_PROTOCOL: protocol } = values;
  const address = values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? values.OTEL_EXPORTER_OTLP_ENDPOINT;
  const wanted = exporter === 'otlp' || (exporter === undefined && address !== undefined);
  return wanted && values.OTEL_SDK_DISABLED === 'false' ? Object.freeze({ protocol }) : undefined;
}
