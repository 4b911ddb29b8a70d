import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, Connection } from "@temporalio/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { must } from "../config/must.ts";
import { isAbandoned, readRelease } from "../node/release.ts";
import { actAs } from "../store/db/knex.ts";
import type { Demo } from "../store/demo.ts";
import { demoUser, Person, send, targetOf } from "../testing/client.ts";
import { aPolicy } from "../testing/nouns.ts";
import type { Program } from "../testing/program.ts";
import { createSite, type Site } from "../testing/site.ts";
import { runTool } from "../testing/tool.ts";
import { until } from "../testing/until.ts";

const ROOT = join(import.meta.dirname, "..");
/** What a node runs from. */
const PARTS =
  "activities api channels config node on-call package.json plugins redaction store testing tools workflows".split(
    " ",
  );
const DAYS = 3 * 24 * 3_600;

/** Two versions of the workflows on the real server, one after the other and side by side. */
describe("a release that rolls", () => {
  let folder: string;
  let site: Site;
  let old: Program;
  let fresh: Program;
  let demo: Demo;
  let connection: Connection;
  let client: Client;
  let policy: string;
  let where: { namespace: string; taskQueue: string };
  let waiting: string;

  const buildOf = async (id: string): Promise<string | undefined> => {
    const { raw } = await client.workflow.getHandle(id).describe();
    return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId ?? undefined;
  };
  const tool = (...args: string[]) => runTool("release/main", args, site.env);
  /** An alert whose step is days away; answers its id once its run waits for that. */
  const anAlert = async (url: string, message: string): Promise<string> => {
    const clinician = demoUser(demo, "clinician");
    const body = { priority: "critical" as const, escalation_policy_id: policy, message };
    const { body: sent } = await send(url, demo.api_key, { ...targetOf(clinician), ...body });
    const id = sent.notification_id;
    await until("its run waits", async () => {
      const history = await client.workflow.getHandle(id).fetchHistory();
      return (history.events ?? []).some(({ timerStartedEventAttributes: timer }) => Boolean(timer));
    });
    return id;
  };
  /** Has an alert's step be due now; resolves once the supervisor was told. */
  const stepOf = async (id: string): Promise<void> => {
    await actAs(site.knex, `worker:${id}`, (trx) =>
      trx("notifications").where({ id }).update({ next_step_at: new Date() }),
    );
    await client.workflow.getHandle(id).signal("handled");
    await until("the supervisor was told", async () => {
      const rows = await actAs(site.knex, `worker:${id}`, (trx) =>
        trx("notifications").where({ escalated_from: id }),
      );
      return rows.length > 0;
    });
  };
  const patches = async (id: string): Promise<number> => {
    const { events } = await client.workflow.getHandle(id).fetchHistory();
    return (events ?? []).filter(
      ({ markerRecordedEventAttributes: marker }) => marker?.markerName === "core_patch",
    ).length;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "tocsin-release-"));
    for (const part of PARTS) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    // Waits a moment before each step, as a run does that comes there from now on.
    const file = join(folder, "workflows/alert.ts");
    const text = readFileSync(file, "utf8");
    const changed = text
      .replace("import { condition,", "import { condition, patched, sleep,")
      .replace(
        "    work = await escalate(id);",
        '    if (patched("wait-before-step")) await sleep(1);\n    work = await escalate(id);',
      );
    expect(changed).toContain("patched, sleep");
    expect(changed).toContain("wait-before-step");
    writeFileSync(file, changed);
    site = await createSite();
    where = { namespace: "default", taskQueue: must(site.env["TEMPORAL_TASK_QUEUE"], "queue") };
    connection = await Connection.connect({ address: must(site.env["TEMPORAL_ADDRESS"], "address") });
    client = new Client({ connection });
    old = await site.start({ env: { TOCSIN_BUILD_ID: "2026.11.1" } });
    demo = await site.demo();
    const steps = [{ after_seconds: DAYS, to: { role: "supervisor" as const } }];
    policy = await aPolicy(site, {
      territory: targetOf(demoUser(demo, "clinician")).territory_id,
      rules: { steps, repeat: 0, acknowledgers: 1 },
    });
  });
  afterAll(async () => {
    await connection.close();
    await site.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("begins with the first build, which releases itself", async () => {
    await until(
      "it is released",
      async () => (await readRelease(connection, where))?.current === "2026.11.1",
    );
    waiting = await anAlert(old.url, "before the release");
    expect(await buildOf(waiting)).toBe("2026.11.1");
  });

  it("has two versions side by side: the new one gets nothing until it is released", async () => {
    fresh = await site.start({
      env: { TOCSIN_BUILD_ID: "2026.11.2" },
      entry: join(folder, "testing/node.ts"),
    });
    await until("Temporal knows both", async () =>
      (await readRelease(connection, where))?.builds.some(({ buildId }) => buildId === "2026.11.2"),
    );
    const id = await anAlert(fresh.url, "side by side");
    expect(await buildOf(id)).toBe("2026.11.1");
    const { out } = await tool();
    expect(out).toMatch(/^released {2}2026\.11\.1 /m);
    expect(out).toMatch(/^ +2026\.11\.2 /m);
  });

  it("carries a wait of days over to the new version, by the way that it began", async () => {
    expect((await tool("2026.11.2")).out).toMatch(/^released {2}2026\.11\.2 /m);
    await stepOf(waiting);
    await until("it goes on by the new build", async () => (await buildOf(waiting)) === "2026.11.2");
    expect(await patches(waiting)).toBe(1);
    await until("sends to either node begin by it", async () => {
      const ids = [
        await anAlert(old.url, "after the release"),
        await anAlert(fresh.url, "after the release"),
      ];
      return (await Promise.all(ids.map(buildOf))).every((build) => build === "2026.11.2");
    });
  });

  it("goes back: what waits is done by the old version, also what had gone the new way", async () => {
    const plain = await anAlert(fresh.url, "waits over the rollback");
    expect((await tool("2026.11.1")).status).toBe(0);
    await fresh.stop();
    await stepOf(plain);
    await until("it goes on by the old build", async () => (await buildOf(plain)) === "2026.11.1");
    expect(await patches(plain)).toBe(0);
    // It took the new way. Its old code does not fit, its run ends, and it is begun anew from PostgreSQL.
    await actAs(site.knex, `worker:${waiting}`, (trx) =>
      trx("notifications").where({ id: waiting }).update({ next_step_at: new Date() }),
    );
    await until("its last resort was told", async () => {
      const rows = await actAs(site.knex, `worker:${waiting}`, (trx) =>
        trx("delivery_events").where({ notification_id: waiting, status: "escalated" }),
      );
      return rows.length > 1;
    });
    const supervisor = await Person.signIn(old.url, demoUser(demo, "supervisor"));
    const copies = (await supervisor.inbox()).filter((one) => one.escalated_from === waiting);
    expect(copies).toHaveLength(1);
  });

  it("sees that a build has no worker left, so that a node of another one may take over", async () => {
    expect(await isAbandoned(connection, where, "2026.11.1")).toBe(false);
    expect(await isAbandoned(connection, where, "2026.11.1", Date.now() + 100_000)).toBe(true);
    expect(await isAbandoned(connection, where, "2026.10.9")).toBe(true);
    expect(await isAbandoned(connection, where, null)).toBe(true);
  });

  it("refuses in a line what no node ran with", async () => {
    const { status, output } = await tool("2026.13.0");
    expect(output).toMatch(/^No node has run with TOCSIN_BUILD_ID=2026\.13\.0\. There are: .*2026\.11\.1/);
    expect(status).toBe(1);
  });
});
