import { randomUUID } from "node:crypto";
import { context, diag, type DiagLogger, DiagLogLevel, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { Registry } from "prom-client";
import type { Telemetry } from "../../config/telemetry.ts";
import type { Logger } from "../../config/log.ts";
import { within } from "../../config/within.ts";
import type { OnStop } from "../stop.ts";
import { producerOf } from "./producer.ts";

/** The longest that a node's end waits for its last spans; ms. */
const LAST_WORDS = 2_000;
/** A collector that is away is told of once in this time; ms. */
const QUIET = 60_000;

/**
 * Sends spans and the registry's metrics to a collector, by OTLP over HTTP: for the whole process, from now on. Where to, and with which
 * headers and certificates, the exporters read from OpenTelemetry's own variables.
 */
export function startTelemetry(telemetry: Telemetry, registry: Registry, log: Logger, onStop: OnStop): void {
  diag.setLogger(faultsTo(log), { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true });
  const own = { "service.name": "tocsin", "service.instance.id": randomUUID() };
  const resource = defaultResource()
    .merge(resourceFromAttributes(own))
    .merge(detectResources({ detectors: [envDetector] }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const root = new TraceIdRatioBasedSampler(telemetry.ratio);
  const spans = new TracerProvider({
    resource,
    sampler: new ParentBasedSampler({
      root,
      ...(telemetry.followsCaller ? {} : { remoteParentSampled: root, remoteParentNotSampled: root }),
    }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter(),
        scheduledDelayMillis: telemetry.spansEvery,
      }),
    ],
  });
  trace.setGlobalTracerProvider(spans);
  const reader = new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter(),
    exportIntervalMillis: telemetry.metricsEvery,
    exportTimeoutMillis: Math.min(telemetry.metricsEvery, 30_000),
    metricProducers: [producerOf(registry)],
  });
  const meters = new MeterProvider({ resource, readers: [reader] });
  onStop(async () => {
    const ended = Promise.allSettled([spans.shutdown(), meters.shutdown()]);
    await within(ended, LAST_WORDS, () => undefined);
  });
}

/** The SDK's faults as lines of our log, without their texts, which may quote an answer. */
function faultsTo(log: Logger): DiagLogger {
  let saidAt = Number.NEGATIVE_INFINITY;
  const error = (): void => {
    if (performance.now() - saidAt < QUIET) return;
    saidAt = performance.now();
    log.warn(
      { component: "opentelemetry" },
      "spans or metrics could not be sent: see that OTEL_EXPORTER_OTLP_ENDPOINT is a collector that takes them",
    );
  };
  return { error, warn() {}, info() {}, debug() {}, verbose() {} };
}
