import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Registry } from "prom-client";
import { afterEach, beforeEach, expect, it, onTestFinished } from "vitest";
import { checkParts } from "../api/health/checks.ts";
import { ConfigError, parseEnv } from "../config/env.ts";
import { createLog } from "../config/log.ts";
import { createLocalBridge } from "../channels/websocket/local-bridge.ts";
import { type AuditBed, createAuditBed } from "../testing/audit-bed.ts";
import { noTemporal } from "../testing/starter.ts";
import { createSteadiness } from "./steadiness.ts";
import { startSink } from "./audit-sink.ts";

let bed: AuditBed;
beforeEach(async () => {
  bed = await createAuditBed();
});
afterEach(() => bed.close());

it("sends the record, says how far it is behind, and warns on /readyz without ending it", async () => {
  const path = join(bed.home, "elsewhere");
  await mkdir(path);
  await bed.act(3);
  await bed.tamper("UPDATE audit_events SET at = at - interval '2 minutes'");
  const registry = new Registry();
  const lines: string[] = [];
  const log = createLog("warn", { write: (line) => void lines.push(line) });
  const sink = startSink(
    { kind: "file", url: pathToFileURL(path).href, path },
    { knex: bed.knex, log, registry },
    50,
  );
  onTestFinished(() => sink.stop());
  const bridge = createLocalBridge();
  const parts = async () =>
    await checkParts({
      knex: bed.knex,
      starter: noTemporal,
      bridge,
      sockets: () => 0,
      metrics: { workflowsFail: () => false },
      sinkIsLate: sink.isLate,
      steadiness: createSteadiness(),
    });

  await expect.poll(sink.isLate).toBe(true);
  expect((await parts())["audit_sink"]).toMatchObject({
    state: "down",
    detail: expect.stringMatching(/AUDIT_SINK/),
  });
  expect(await registry.metrics()).toMatch(/tocsin_audit_sink_lag_seconds 1[2-9]\d/);
  await expect.poll(() => registry.metrics()).toMatch(/tocsin_audit_sink_failures_total [1-9]/);
  expect(lines.join()).toContain("could not be sent to its sink");

  await rm(path, { recursive: true });
  await expect.poll(sink.isLate).toBe(false);
  expect((await parts())["audit_sink"]).toMatchObject({ state: "up" });
  await expect.poll(() => registry.metrics()).toMatch(/tocsin_audit_sink_lag_seconds 0\b/);
  expect((await readFile(path, "utf8")).trimEnd().split("\n").length).toBeGreaterThanOrEqual(3);
});

it("a place that is none stops the start", () => {
  const start = () => parseEnv({ ...bed.env, TOCSIN_AUDIT_SINK: "elsewhere" });
  expect(start).toThrow(ConfigError);
  expect(start).toThrow(
    "TOCSIN_AUDIT_SINK: must be file:///path, syslog+tls://host:port or s3://bucket/prefix",
  );
});
