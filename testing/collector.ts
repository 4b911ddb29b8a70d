import { once } from "node:events";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import type { AddressInfo } from "node:net";
import protobuf from "protobufjs";
import { z } from "zod";

/** The parts of OTLP that tests look at, by the numbers of opentelemetry-proto 1.x. */
const { root } = protobuf.parse(`syntax = "proto3";
  message Value { oneof value { string string = 1; bool bool = 2; int64 int = 3; double double = 4; } }
  message Attribute { string key = 1; Value value = 2; }
  message Resource { repeated Attribute attributes = 1; }
  message Status { int32 code = 3; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
    repeated Attribute attributes = 9; Status status = 15;
  }
  message ScopeSpans { repeated Span spans = 2; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scopes = 2; }
  message Traces { repeated ResourceSpans resources = 1; }
  message Point { double as_double = 4; sfixed64 as_int = 6; repeated Attribute attributes = 7; }
  message Bucketed { fixed64 count = 4; double sum = 5; repeated fixed64 bucket_counts = 6; repeated double explicit_bounds = 7; repeated Attribute attributes = 9; }
  message Gauge { repeated Point points = 1; }
  message Sum { repeated Point points = 1; bool is_monotonic = 3; }
  message Histogram { repeated Bucketed points = 1; }
  message Metric { string name = 1; Gauge gauge = 5; Sum sum = 7; Histogram histogram = 9; }
  message ScopeMetrics { repeated Metric metrics = 2; }
  message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scopes = 2; }
  message Metrics { repeated ResourceMetrics resources = 1; }`);

const Attributes = z
  .array(z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) }))
  .default([])
  .transform((list) => Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0]])));
const Resource = z.object({ attributes: Attributes });
const hex = z.string().transform((base64) => Buffer.from(base64, "base64").toString("hex"));
const Traces = z.object({
  resources: z.array(
    z.object({
      resource: Resource,
      scopes: z.array(
        z.object({
          spans: z.array(
            z.object({
              traceId: hex,
              spanId: hex,
              parentSpanId: hex.default(""),
              name: z.string(),
              attributes: Attributes,
              status: z.object({ code: z.number().default(0) }).default({ code: 0 }),
            }),
          ),
        }),
      ),
    }),
  ),
});
const Metrics = z.object({
  resources: z.array(
    z.object({
      resource: Resource,
      scopes: z.array(z.object({ metrics: z.array(z.looseObject({ name: z.string() })) })),
    }),
  ),
});

export type CollectedSpan = z.output<
  typeof Traces
>["resources"][number]["scopes"][number]["spans"][number] & {
  resource: Record<string, unknown>;
};

/** A collector of OpenTelemetry: takes spans and metrics by OTLP over HTTP, and keeps them. */
export interface Collector {
  url: string;
  spans: CollectedSpan[];
  /** The last that came of each metric, by its name. */
  metrics: Map<string, Record<string, unknown>>;
  /** Everything that came, as it came. */
  bytes(): Buffer;
  close(): Promise<void>;
}

export async function openCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const metrics = new Map<string, Record<string, unknown>>();
  const bodies: Buffer[] = [];
  const read = (type: string, body: Buffer): unknown => {
    const message = root.lookupType(type);
    return message.toObject(message.decode(body), { bytes: String, longs: Number });
  };
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    bodies.push(body);
    if (request.url === "/v1/traces") {
      for (const { resource, scopes } of Traces.parse(read("Traces", body)).resources)
        for (const scope of scopes)
          spans.push(...scope.spans.map((span) => ({ ...span, resource: resource.attributes })));
    } else {
      for (const { scopes } of Metrics.parse(read("Metrics", body)).resources)
        for (const metric of scopes.flatMap((scope) => scope.metrics)) metrics.set(metric.name, metric);
    }
    response.writeHead(200, { "Content-Type": "application/x-protobuf" }).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    metrics,
    bytes: () => Buffer.concat(bodies),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
