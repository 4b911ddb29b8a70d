import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import type { Demo } from "../store/demo.ts";
import { demoUser, Person, send, targetOf } from "../testing/client.ts";
import { type CollectedSpan, type Collector, openCollector } from "../testing/collector.ts";
import { LiveClient } from "../testing/live.ts";
import { createSite, type Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";

let site: Site;
let collector: Collector;
let demo: Demo;
let url: string;
/** Where each node shows its metrics. */
let pages: string[];

beforeAll(async () => {
  collector = await openCollector();
  site = await createSite({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_BSP_SCHEDULE_DELAY: "100",
    OTEL_METRIC_EXPORT_INTERVAL: "200",
    OTEL_SERVICE_NAME: "tocsin-of-a-test",
  });
  ({ url } = await site.start({ role: "api" }));
  const worker = await site.start({ role: "worker", env: { TOCSIN_METRICS_PORT: "0" } });
  const { port } = z
    .object({ port: z.number() })
    .parse(JSON.parse(worker.lines.find((line) => line.includes("health and metrics are served")) ?? "{}"));
  pages = [`${url}/metrics`, `http://127.0.0.1:${port}/metrics`];
  demo = await site.demo();
});
afterAll(async () => {
  await site.close();
  await collector.close();
});

const Histogram = z
  .object({
    histogram: z.object({
      points: z.array(z.object({ count: z.number(), bucketCounts: z.array(z.number()) })),
    }),
  })
  .transform(({ histogram }) => histogram.points);

/** The name of a span that a caller began, and of its trace. */
function aParent() {
  const traceId = randomBytes(16).toString("hex");
  const spanId = randomBytes(8).toString("hex");
  return { traceId, spanId, header: `00-${traceId}-${spanId}-01` };
}

const ofTrace = (traceId: string): CollectedSpan[] =>
  collector.spans.filter((span) => span.traceId === traceId);
const spanOf = (traceId: string, name: string): Promise<CollectedSpan> =>
  until(`the collector has ${name}`, () => ofTrace(traceId).find((span) => span.name === name));

/** The clinician's open page shows what is sent to them, and confirms it. */
async function sendAndSee(message: string, more: object, headers: Record<string, string> = {}) {
  const clinician = demoUser(demo, "clinician");
  const live = await new LiveClient(await Person.signIn(url, clinician)).connected();
  const body = { ...targetOf(clinician), message, ...more };
  const { status, body: sent } = await send(url, demo.api_key, body, headers);
  expect(status).toBe(202);
  await live.sees(sent.notification_id);
  return { id: sent.notification_id, live };
}

it("follows a send from its caller's span through the API, the workflow's activities, the statements and the socket to the receipt", async () => {
  const { traceId, spanId, header } = aParent();
  const known = [{ kind: "name", value: "Quillfeather Zebadiah" }];
  const message = "Quillfeather Zebadiah's potassium is 6.9";
  const { id, live } = await sendAndSee(message, { known }, { traceparent: header });

  const called = await spanOf(traceId, "POST /api/notifications/send");
  expect(called).toMatchObject({
    parentSpanId: spanId,
    resource: { "service.name": "tocsin-of-a-test" },
    attributes: { "http.response.status_code": 202, "tocsin.notification.id": id },
  });
  expect(await spanOf(traceId, "accept")).toMatchObject({
    parentSpanId: called.spanId,
    attributes: { "db.system.name": "postgresql" },
  });
  const persisted = await spanOf(traceId, "persist");
  expect(persisted).toMatchObject({ attributes: { "tocsin.notification.id": id } });
  expect(persisted.resource["service.instance.id"]).not.toBe(called.resource["service.instance.id"]);
  expect(await spanOf(traceId, "arrive")).toMatchObject({ parentSpanId: persisted.spanId });
  const pushed = await spanOf(traceId, "push");
  expect(pushed).toMatchObject({ attributes: { "tocsin.received": true } });
  expect(await spanOf(traceId, "receive")).toMatchObject({ parentSpanId: pushed.spanId });

  // What it was about is in no span, and in no line.
  const everything = [collector.bytes().toString("latin1"), ...site.lines()].join("\n");
  expect(everything).not.toMatch(/Quillfeather|Zebadiah|potassium/i);
  const lines = site.lines().filter((line) => line.includes(traceId));
  expect(lines.some((line) => line.includes('"answered"'))).toBe(true);
  await live.stop();
});

it("goes on with the caller's trace where another node starts the workflow later", async () => {
  const away = await site.start({ role: "api", env: { TEMPORAL_ADDRESS: "127.0.0.1:1" } });
  const { traceId, header } = aParent();
  const body = { ...targetOf(demoUser(demo, "clinician")), message: "Lift 2 is out of order" };
  const headers = { traceparent: header, "Idempotency-Key": traceId };
  // A node without Temporal that has just begun may say that it has too much to do.
  await until(
    "it is taken in",
    async () => (await send(away.url, demo.api_key, body, headers)).status === 202,
  );
  await spanOf(traceId, "persist");
});

it("records nothing of a trace that its caller does not record, and begins one where there is none", async () => {
  const { traceId, header } = aParent();
  const body = { ...targetOf(demoUser(demo, "clinician")), message: "The laboratory closes at 18:00" };
  const unrecorded = { traceparent: header.replace(/01$/, "00") };
  const { body: first } = await send(url, demo.api_key, body, unrecorded);
  const { body: second } = await send(url, demo.api_key, { ...body, message: "It is open again" });
  const about = (id: string) =>
    collector.spans.filter((span) => span.attributes["tocsin.notification.id"] === id);
  const persisted = await until("the second is traced", () =>
    about(second.notification_id).find(({ name }) => name === "persist"),
  );
  expect(persisted.traceId).not.toBe(traceId);
  expect(about(first.notification_id)).toEqual([]);
});

it("sends what /metrics shows to the collector too, and what Temporal's SDK counts", async () => {
  // Prometheus counts a bucket with those below it, a collector without.
  const counted = await until("times to answer came", () => {
    const [one] = Histogram.safeParse(collector.metrics.get("tocsin_http_request_seconds")).data ?? [];
    return one;
  });
  expect(counted.bucketCounts.reduce((sum, count) => sum + count)).toBe(counted.count);
  for (const name of ["tocsin_loop_failures_total", "tocsin_part_up", "temporal_workflow_completed"])
    await until(`${name} came`, () => collector.metrics.get(name));
});

it("shows every number that the dashboard for Grafana asks for", async () => {
  const dashboard = readFileSync(new URL("../deploy/grafana/tocsin.json", import.meta.url), "utf8");
  const asked = new Set(dashboard.match(/\b(?:tocsin|temporal|process|nodejs)_[a-z0-9_]+/g));
  expect(asked.size).toBeGreaterThan(20);
  const missing = async (): Promise<string[]> => {
    const shown = await Promise.all(pages.map(async (page) => await (await fetch(page)).text()));
    const names = new Set(shown.join("\n").match(/^[a-z0-9_]+/gm));
    return [...asked].filter((name) => !names.has(name));
  };
  const { live } = await sendAndSee("The night pharmacy is open", {});
  await live.stop();
  // An attempt is made at whoever has no page open.
  const body = { ...targetOf(demoUser(demo, "clinician")), message: "It closes at 06:00" };
  await send(url, demo.api_key, body);
  await expect.poll(missing).toEqual([]);
});
