import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { TracesSettings } from '../config/traces-settings.js';
import type { ExportingTracer } from './traces.js';

/** Spans that nobody takes by then are lost: a collector that is down keeps no process from ending. */
const SHUTDOWN_MS = 2_000;
const COMPLAINT_MS = 60_000;

/**
 * A tracer that sends its spans by OTLP over HTTP. The SDK is loaded here and nowhere else, so that it costs nothing where
 * traces are off. What the settings do not say, it reads from the standard variables itself: address, headers and time limit
 * of the exporter, sampler, limits, batches, and attributes of the resource.
 */
export async function openTracer({ protocol }: TracesSettings): Promise<ExportingTracer> {
  const [{ BasicTracerProvider, BatchSpanProcessor }, resources, { setGlobalErrorHandler }, { OTLPTraceExporter }] =
    await Promise.all([
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/core'),
      protocol === 'http/json'
        ? import('@opentelemetry/exporter-trace-otlp-http')
        : import('@opentelemetry/exporter-trace-otlp-proto'),
    ]);
  setGlobalErrorHandler(complainer());
  const { envDetector, serviceInstanceIdDetector } = resources;
  const provider = new BasicTracerProvider({
    resource: resources
      .resourceFromAttributes({ 'service.name': 'cloakroom' })
      .merge(resources.detectResources({ detectors: [envDetector, serviceInstanceIdDetector] })),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  return {
    tracer: provider.getTracer('cloakroom'),
    shutdown: () =>
      Promise.race([provider.shutdown().catch(() => undefined), delay(SHUTDOWN_MS, undefined, { ref: false })]),
  };
}

/** Says that spans are lost, once in a while. The error is left out: it may quote what the collector answered. */
function complainer(): () => void {
  const logger = new Logger('Traces');
  let silentUntil = 0;
  return () => {
    if (performance.now() < silentUntil) return;
    silentUntil = performance.now() + COMPLAINT_MS;
    logger.warn('spans could not be handed to the collector, and are lost');
  };
}
