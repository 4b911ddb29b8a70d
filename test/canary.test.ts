import { Client, Connection } from "@temporalio/client";
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { createClient } from "redis";
import { describe, expect, it, onTestFinished } from "vitest";
import { startPostgres } from "../tools/services/postgres.ts";
import { startRedisServer } from "../tools/services/redis.ts";
import { startTemporal } from "../tools/services/temporal.ts";
import { demoUser, Person, send } from "../testing/client.ts";
import { LiveClient } from "../testing/live.ts";
import { makeOwner } from "../testing/owner.ts";
import { createSite } from "../testing/site.ts";
import { until } from "../testing/until.ts";

const CANARY = "Zebulon Quillfeather, SSN 123-45-6789, MRN 0099887766";
const TRACES = ["Zebulon", "Quillfeather", "123-45-6789", "123456789", "0099887766"];

/** Promise 3: the sender's text can be read nowhere, except where its recipient reveals it. */
describe("a canary, sent in full", () => {
  it("is in none of Temporal's files and histories, Redis' traffic, the logs, and the database", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tocsin-canary-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const [postgres, redis, temporal] = await Promise.all([
      startPostgres({ dataDir: join(folder, "pg") }),
      startRedisServer({ folder }),
      startTemporal({ dbFile: join(folder, "temporal.db") }),
    ]);
    onTestFinished(async () => {
      await Promise.all([postgres.stop(), redis.stop(), temporal.stop()]);
    });
    const databaseUrl = await makeOwner(postgres.url);
    const site = await createSite({
      DATABASE_URL: databaseUrl,
      REDIS_URL: redis.url,
      TEMPORAL_ADDRESS: temporal.address,
    });
    onTestFinished(() => site.close());
    const traffic: string[] = [];
    const monitor = createClient({ url: redis.url });
    monitor.on("error", () => undefined);
    await monitor.connect();
    await monitor.monitor((line) => traffic.push(String(line)));

    const node = await site.start({ env: { LOG_LEVEL: "trace" } });
    const demo = await site.demo();
    const clinician = demoUser(demo, "clinician");
    const target = { user_id: clinician.user_id, territory_id: clinician.territory_id };
    const person = await Person.signIn(node.url, clinician);
    const live = await new LiveClient(person).connected();

    const full = {
      ...target,
      message: `Call ${CANARY} back.`,
      title: CANARY,
      metadata: { patient: CANARY },
      priority: "critical",
    };
    const { body } = await send(node.url, demo.api_key, full, {
      "Idempotency-Key": CANARY.replaceAll(" ", ""),
    });
    const id = body.notification_id;
    await live.sees(id);
    // Every way out of the ordinary: refused, repeated with another body, revealed, acknowledged, looked for in vain.
    await send(node.url, demo.api_key, { ...full, user_id: CANARY });
    await send(node.url, demo.api_key, { ...full, category: CANARY });
    await send(
      node.url,
      demo.api_key,
      { ...full, message: `${CANARY} again` },
      { "Idempotency-Key": CANARY.replaceAll(" ", "") },
    );
    await person.fetch("/api/notifications", { method: "POST", body: CANARY });
    await person.fetch(`/api/notifications/${encodeURIComponent(CANARY)}`);
    await person.fetch(`/api/notifications?cursor=${encodeURIComponent(CANARY)}`);
    expect((await person.act(id, "reveal")).body).toEqual({
      title: CANARY,
      message: `Call ${CANARY} back.`,
      metadata: full.metadata,
    });
    await person.act(id, "acknowledge");
    await until(
      "the receipt is recorded",
      async () => (await person.timeline(id)).deliveries[0]?.status === "delivered",
    );

    expect(traces(JSON.stringify(await person.inbox()))).toEqual([]);
    expect(traces(JSON.stringify(live.frames))).toEqual([]);
    const connection = await Connection.connect({ address: temporal.address });
    const history = await new Client({ connection }).workflow.getHandle(id).fetchHistory();
    expect(history.events?.length).toBeGreaterThan(3);
    expect(traces(Buffer.from(JSON.stringify(historyToJSON(history))))).toEqual([]);
    await connection.close();
    expect(traffic.join("\n")).toContain(id);
    expect(traces(traffic.join("\n"))).toEqual([]);
    expect(traces(await dump(postgres.url))).toEqual([]);

    await live.stop();
    monitor.destroy();
    await site.close();
    expect(site.lines().length).toBeGreaterThan(5);
    expect(traces(site.lines().join("\n"))).toEqual([]);
    await Promise.all([postgres.stop(), temporal.stop()]);
    for (const { name, bytes } of await files(folder))
      expect({ name, traces: traces(bytes) }).toEqual({ name, traces: [] });
  });

  it("would be found if it were there", () => {
    expect(traces(`x ${CANARY} y`)).toContain("Quillfeather");
    expect(traces(Buffer.from(CANARY).toString("base64"))).not.toEqual([]);
    expect(traces(Buffer.from(CANARY).toString("hex"))).not.toEqual([]);
  });
});

/** Which traces of the canary are in `data`: as text, as base64 at each alignment, as hex. */
function traces(data: string | Buffer): string[] {
  const bytes = Buffer.from(data);
  return TRACES.flatMap((trace) => disguises(trace).filter((form) => bytes.includes(form)));
}

function disguises(trace: string): string[] {
  const base64 = [0, 1, 2].map((pad) => {
    const whole = Buffer.from(" ".repeat(pad) + trace)
      .toString("base64")
      .replace(/=+$/, "");
    return whole.slice(pad === 0 ? 0 : pad + 1, -2);
  });
  return [trace, Buffer.from(trace).toString("hex"), ...base64.filter((form) => form.length >= 8)];
}

/** Every row of every table, as text, and every byte string of it decoded. */
async function dump(url: string): Promise<string> {
  const site = new URL(url);
  site.pathname = "/site";
  const client = new pg.Client({ connectionString: site.href });
  await client.connect();
  const tables = await client.query(
    "SELECT oid::regclass::text AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
  );
  const texts: string[] = [];
  for (const { name } of tables.rows) {
    const { rows } = await client.query(`SELECT row_to_json(t)::text AS text FROM ${name} AS t`);
    texts.push(name, ...rows.map((row: { text: string }) => row.text));
  }
  await client.end();
  expect(texts.length).toBeGreaterThan(30);
  return texts.join("\n");
}

async function files(folder: string): Promise<{ name: string; bytes: Buffer }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return await Promise.all(names.map(async (name) => ({ name, bytes: await readFile(name) })));
}
