import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { Client, Connection } from "@temporalio/client";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { must } from "../config/must.ts";
import { demoUser, Person, send, targetOf } from "../testing/client.ts";
import { LiveClient } from "../testing/live.ts";
import { createSite, type Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";
import { startPager, type PagerServer } from "../tools/pager/server.ts";
import { freePorts } from "../tools/services/spawn.ts";
import { aContactPoint } from "../testing/nouns.ts";

/** A sample's value by its name and labels, as they stand in the text. */
type Samples = Map<string, number>;

describe("the metrics of a worker and of an API node", () => {
  let site: Site;
  let pager: PagerServer;
  let live: LiveClient;
  let urls: { api: string; worker: string };

  beforeAll(async () => {
    pager = await startPager();
    pager.answer = ({ attempt }) => (attempt === 1 ? 503 : 200);
    site = await createSite(pager.env);
    const [first = 0, second = 0] = await freePorts(2);
    urls = { api: `http://127.0.0.1:${first}`, worker: `http://127.0.0.1:${second}` };
    const sink = `file:${site.home}/audit.jsonl`;
    const api = await site.start({
      role: "api",
      env: { TOCSIN_METRICS_PORT: String(first), TOCSIN_AUDIT_SINK: sink },
    });
    await site.start({
      role: "worker",
      env: { TOCSIN_METRICS_PORT: String(second), TOCSIN_AUDIT_SINK: sink },
    });
    const demo = await site.demo();
    const [here, away] = [demoUser(demo, "clinician"), demoUser(demo, "clinician", 1)];
    await aContactPoint(site, { person: away.user_id, channel: "pager", address: away.user_id });
    live = await new LiveClient(await Person.signIn(api.url, here)).connected();
    for (const user of [here, away])
      await send(
        api.url,
        demo.api_key,
        { ...targetOf(user), message: "To be counted" },
        { Prefer: "wait=20" },
      );
  });
  afterAll(async () => {
    await live.stop();
    await site.close();
    await pager.close();
  });

  it("say how attempts ended, by channel", async () => {
    const samples = await until("the attempts are counted", async () => {
      const found = await scrape(urls.worker);
      return found.has('tocsin_delivery_attempts_total{channel="pager",outcome="delivered"}') && found;
    });
    expect(samples.get('tocsin_delivery_attempts_total{channel="pager",outcome="again"}')).toBe(1);
    expect(samples.get('tocsin_delivery_attempts_total{channel="pager",outcome="delivered"}')).toBe(1);
    expect(samples.get('tocsin_delivery_attempts_total{channel="websocket",outcome="skipped"}')).toBe(1);
  });

  it("say how long receipts take, and how long work waits for a connection", async () => {
    const samples = await until("nothing waits, and a receipt is counted", async () => {
      const found = await scrape(urls.api);
      const waits = found.get('tocsin_pool_connections{pool="work",state="waiting"}');
      return waits === 0 && (found.get("tocsin_receipt_seconds_count") ?? 0) > 0 && found;
    });
    expect(samples.get("tocsin_receipt_seconds_sum")).toBeLessThan(60);
    expect(samples.get('tocsin_pool_wait_seconds_count{pool="work"}')).toBeGreaterThan(5);
    expect(samples.get('tocsin_pool_wait_seconds_count{pool="sockets"}')).toBeGreaterThan(0);
  });

  it("say which services answer", async () => {
    for (const url of Object.values(urls)) {
      // One that answers late on a busy machine counts as down for a moment.
      const parts = async () => {
        const samples = await scrape(url);
        return ["postgres", "temporal", "redis"].map((part) => samples.get(`tocsin_part_up{part="${part}"}`));
      };
      await expect.poll(parts).toEqual([1, 1, 1]);
      await expect.poll(async () => (await fetch(`${url}/readyz`)).status).toBe(200);
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
    }
  });

  it("count workflows whose code breaks, and their tasks that can't be done", async () => {
    const connection = await Connection.connect({ address: inject("temporalAddress") });
    const taskQueue = must(site.env["TEMPORAL_TASK_QUEUE"], "task queue");
    const { workflow } = new Client({ connection });
    const workflows = [
      await workflow.start("unknown", { taskQueue, workflowId: randomUUID() }),
      await workflow.start("redeliver", { taskQueue, workflowId: randomUUID(), args: [null] }),
    ];
    await until("both are counted", async () => {
      const samples = await scrape(urls.worker);
      return ["task", "run"].every(
        (what) => (samples.get(`tocsin_workflow_failures_total{what="${what}"}`) ?? 0) > 0,
      );
    });
    const parts = async () => JSON.parse(await (await fetch(`${urls.worker}/readyz`)).text()).parts;
    await expect.poll(parts).toMatchObject({ workflows: "down" });
    const failures = () => site.lines().filter((line) => line.includes('"msg":"Workflow failed"'));
    await expect.poll(() => failures().map((line) => JSON.parse(line).level)).toEqual([50]);
    await workflows[0]?.terminate();
    await connection.close();
  });

  it("have every one that the alerts ask for", async () => {
    const rules = readFileSync(new URL("../deploy/prometheus/tocsin.rules.yml", import.meta.url), "utf8");
    const asked = new Set(
      [...rules.matchAll(/\btocsin_\w+/g)].map(([name]) => name.replace(/_(bucket|count)$/, "")),
    );
    expect(asked.size).toBeGreaterThan(15);
    for (const url of Object.values(urls)) {
      const text = await (await fetch(`${url}/metrics`)).text();
      expect([...asked].filter((name) => !text.includes(`# TYPE ${name} `))).toEqual([]);
      // What is read as a state is there from the start, with the labels that the alerts name.
      const states = [...rules.matchAll(/\btocsin_\w+\{(?:pool="work",)?(?:state|lane|part)="\w+"\}/g)].map(
        ([sample]) => sample,
      );
      const samples = await scrape(url);
      expect(states.filter((sample) => !samples.has(sample))).toEqual([]);
    }
  });
});

async function scrape(url: string): Promise<Samples> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return new Map(
    text
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
  );
}
