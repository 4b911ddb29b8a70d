import { z } from "zod";

/** Where and how much a node tells a collector of OpenTelemetry. Headers, certificates and time-outs are read by the exporters themselves. */
export interface Telemetry {
  /** The part of the traces begun here that is recorded, from 0 to 1. */
  ratio: number;
  /** Whether a trace that a caller began is recorded if the caller records it, whatever `ratio` says. */
  followsCaller: boolean;
  /** ms until spans are sent, and between two sendings of metrics. */
  spansEvery: number;
  metricsEvery: number;
}

const PARENT = "parentbased_";
const SAMPLERS = ["always_on", "always_off", "traceidratio"].flatMap((name) => [name, `${PARENT}${name}`]);
const interval = (standard: number) => z.coerce.number().int().min(100).max(3_600_000).default(standard);

/** OpenTelemetry's own variables, with its own defaults. */
const schema = z.object({
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/ }),
  OTEL_EXPORTER_OTLP_PROTOCOL: z
    .literal("http/protobuf", { error: "this node speaks http/protobuf alone (port 4318 of a collector)" })
    .default("http/protobuf"),
  OTEL_TRACES_SAMPLER: z
    .enum(SAMPLERS, { error: `must be one of ${SAMPLERS.join(", ")}` })
    .default("parentbased_always_on"),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
  OTEL_BSP_SCHEDULE_DELAY: interval(5_000),
  OTEL_METRIC_EXPORT_INTERVAL: interval(60_000),
});

/** Reads OpenTelemetry's variables; null without OTEL_EXPORTER_OTLP_ENDPOINT, or with OTEL_SDK_DISABLED. Adds what is wrong with them to `faults`. */
export function readTelemetry(env: NodeJS.ProcessEnv, faults: string[]): Telemetry | null {
  if (!env["OTEL_EXPORTER_OTLP_ENDPOINT"] || env["OTEL_SDK_DISABLED"]?.toLowerCase() === "true") return null;
  const named = Object.entries(env).filter(([, value]) => value !== "");
  const read = schema.safeParse(Object.fromEntries(named));
  if (!read.success) {
    faults.push(...read.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`));
    return null;
  }
  const sampler = read.data.OTEL_TRACES_SAMPLER;
  const ratios: Record<string, number> = { always_on: 1, always_off: 0 };
  return {
    ratio: ratios[sampler.replace(PARENT, "")] ?? read.data.OTEL_TRACES_SAMPLER_ARG,
    followsCaller: sampler.startsWith(PARENT),
    spansEvery: read.data.OTEL_BSP_SCHEDULE_DELAY,
    metricsEvery: read.data.OTEL_METRIC_EXPORT_INTERVAL,
  };
}
