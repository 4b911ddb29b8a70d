import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { must } from "../config/must.ts";
import { actAs } from "../store/db/knex.ts";
import type { Demo } from "../store/demo.ts";
import { demoUser, Person, send, targetOf } from "../testing/client.ts";
import { aContactPoint, aPolicy, aWish } from "../testing/nouns.ts";
import type { Program } from "../testing/program.ts";
import { createSite, type Site } from "../testing/site.ts";
import { runTool } from "../testing/tool.ts";
import { until } from "../testing/until.ts";
import { startPager, type PagerServer } from "../tools/pager/server.ts";

/** What a sender wrote, and may be seen nowhere. */
const PATIENT = "Maria Dolores Quintanilla";

/** Whatever id somebody sees, it leads to what was decided, when and why. */
describe("npm run replay", () => {
  let site: Site;
  let node: Program;
  let pager: PagerServer;
  let demo: Demo;
  let supervisor: Person;
  let colleague: Person;
  let territory: string;

  const replay = (...args: string[]) => runTool("replay/main", args, site.env);
  const post = async (path: string, body: object): Promise<Record<string, unknown>> => {
    const headers = { "Content-Type": "application/json" };
    const answer = await supervisor.fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return Object(await answer.json());
  };
  const asService = async (path: string, body: object): Promise<Record<string, unknown>> => {
    const response = await fetch(`${node.url}/api/notifications/${path}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${demo.api_key}`, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return Object(await response.json());
  };
  const sendTo = async (which: number, body: Record<string, unknown>): Promise<string> => {
    const message = { ...targetOf(demoUser(demo, "clinician", which)), message: `For ${PATIENT}`, ...body };
    return (await send(node.url, demo.api_key, message)).body.notification_id;
  };
  const rowsOf = (id: string, table: string, where: object) =>
    actAs(site.knex, `worker:${id}`, (trx) => trx(table).where(where).select("*"));

  beforeAll(async () => {
    pager = await startPager();
    site = await createSite(pager.env);
    node = await site.start();
    demo = await site.demo();
    territory = targetOf(demoUser(demo, "clinician")).territory_id;
    supervisor = await Person.signIn(node.url, demoUser(demo, "supervisor"));
    colleague = await Person.signIn(node.url, demoUser(demo, "clinician", 1));
    const layer = {
      ...{ name: "All", people: [demoUser(demo, "clinician", 1).user_id] },
      ...{ starts: "2026-01-05T08:00", rule: "FREQ=DAILY" },
    };
    const schedule = { territory_id: territory, name: "Always", zone: "UTC", layers: [layer] };
    const { schedule_id } = await post("/api/schedules", schedule);
    await post("/api/roles", { territory_id: territory, role: "charge-nurse", name: "Charge", schedule_id });
    const person = demoUser(demo, "clinician").user_id;
    await aContactPoint(site, { person, channel: "pager", address: "7" });
    const allDay = { start: "00:00", end: "23:59" };
    await aWish(site, person, { wanted: { all: { pager: true } }, quiet_hours: allDay, time_zone: "UTC" });
    await aWish(site, demoUser(demo, "clinician", 1).user_id, { digests: { order_update: 60 } });
  });
  afterAll(async () => {
    await site.close();
    await pager.close();
  });

  it("leads from a copy to its root, and says who was on call and why each delivery went as it did", async () => {
    const steps = [{ after_seconds: 1, to: { role: "charge-nurse" } }];
    const policy = await aPolicy(site, {
      territory,
      rules: { steps, repeat: 0, acknowledgers: 1 },
      isDefault: false,
    });
    const id = await sendTo(0, {
      ...{ priority: "critical", escalation_policy_id: policy, channels: ["websocket"] },
    });
    const copy = await until("the colleague has a copy", async () =>
      (await colleague.inbox()).find((one) => one.escalated_from === id),
    );
    const { status, output } = await replay(copy.notification_id);
    expect(output).toContain(`${copy.notification_id} is a copy of ${id}`);
    expect(output).toMatch(/websocket +to demo-clinician-1 +skipped: offline \(the recipient had no live/);
    expect(output).toMatch(/step 1: whoever was on call as charge-nurse: demo-clinician-2, 1 told/);
    expect(output).toMatch(/workflow execution started +notify/);
    expect(output).toContain("Today's code does the same.");
    expect(output).not.toContain("Quintanilla");
    expect(status).toBe(0);
  });

  it("says until when quiet hours hold a delivery, and leads from the delivery to it", async () => {
    const id = await sendTo(0, { channels: ["pager"], category: "order_update" });
    const [delivery] = await until("it is planned", async () => {
      const rows = await rowsOf(id, "deliveries", { notification_id: id });
      return rows.length > 0 && rows;
    });
    const { output } = await replay(String(delivery["id"]));
    expect(output).toContain(`${delivery["id"]} is a delivery by pager, of ${id}`);
    const heldUntil = (delivery["hold_until"] as Date).toISOString().replace("T", " ").replace("Z", " UTC");
    expect(output).toContain(`, held by quiet hours until ${heldUntil}`);
    const over = new Date(Date.now() - 60_000);
    await actAs(site.knex, `worker:${id}`, (trx) =>
      trx("deliveries").where({ notification_id: id }).update({ hold_until: over }),
    );
    expect((await replay(id)).output).toContain(", was held by quiet hours until ");
  });

  it("tells a redelivery's own workflow", async () => {
    const id = await sendTo(1, { channels: ["websocket"] });
    const [first] = await until("it is settled", async () => {
      const { deliveries } = await colleague.timeline(id);
      return deliveries[0]?.status === "skipped" && deliveries;
    });
    const again = await post(`/api/deliveries/${must(first, "delivery").delivery_id}/redeliver`, {});
    const { output } = await until("it is told", async () => {
      const told = await replay(String(again["delivery_id"]));
      return told.output.includes("workflow execution completed") && told;
    });
    expect(output).toContain(`is a redelivery by websocket, of ${id}: a workflow of its own.`);
    expect(output).toMatch(/workflow execution started +redeliver/);
    expect(output).toContain("redelivery (a supervisor asked for it)");
  });

  it("tells a broadcast, and leads to it from a person's part", async () => {
    const { broadcast_id: id } = await asService("broadcast", {
      ...{ territory_id: territory, message: `For ${PATIENT}`, role: "clinician" },
    });
    const part = await until("a colleague has it", async () =>
      (await rowsOf(String(id), "notifications", { send_id: id })).find((row) => row["id"] !== id),
    );
    const whole = await replay(String(id));
    expect(whole.output).toContain(`${id} is a broadcast.`);
    expect(whole.output).toMatch(/workflow execution started +broadcast/);
    const { output } = await replay(String(part["id"]));
    expect(output).toContain(`is one person's part of the broadcast ${id}`);
    expect(whole.output + output).not.toContain("Quintanilla");
  });

  it("leads from what came in bulk to what brought it", async () => {
    const { user_id } = demoUser(demo, "clinician", 1);
    const notifications = [{ user_id, territory_id: territory, message: `For ${PATIENT}` }];
    const { results } = await asService("send-bulk", { notifications });
    const [{ notification_id: id }] = results as [{ notification_id: string }];
    await until("it is there", async () =>
      (await colleague.inbox()).some((one) => one.notification_id === id),
    );
    const { output, status } = await replay(id);
    expect(output).toContain(`${id} came in bulk.`);
    expect(output).toMatch(/workflow execution started +(bulk|notify)/);
    expect(output).not.toContain("Quintanilla");
    expect(status).toBe(0);
  });

  it("leads from an item to its digest", async () => {
    const id = await sendTo(1, { category: "order_update", message: `For ${PATIENT}` });
    const digest = await until("it is grouped", async () => {
      const [row] = await rowsOf(id, "notifications", { id });
      return row?.["digest"];
    });
    const { output } = await replay(id);
    expect(output).toContain(`${id} is an item of the digest ${digest}, which brings it.`);
    expect(output).not.toContain("Quintanilla");
  });

  it("runs all that began since a time again, and ends with a table", async () => {
    const { status, out, err } = await replay("--since", "1h", "--limit", "400");
    expect(err).toMatch(/^(\d+) of \1$/m);
    expect(out).toMatch(/^workflow +runs +the same +different$/m);
    expect(out).toMatch(/^notify +[1-9]\d* +[1-9]\d* +\d+$/m);
    // The server has the runs of other tests too, some of which break a workflow on purpose.
    expect(out).toMatch(status === 0 ? /does the same in all \d+/ : /something else in \d+ of \d+/);
    const failed = await replay("--since", "1h", "--failed");
    expect(failed.out).toMatch(/^No run began in that time|^workflow +runs/m);
  });

  it("says whom another policy would have told, and what it can't run again", async () => {
    const id = await sendTo(0, { priority: "critical" });
    await until(
      "it is in the inbox",
      async () => (await rowsOf(id, "deliveries", { notification_id: id })).length > 0,
    );
    const folder = await mkdtemp(join(tmpdir(), "tocsin-what-if-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const asked = async (change: object, ...more: string[]) => {
      const file = join(folder, "new.json");
      await writeFile(file, JSON.stringify(change));
      return await replay("--since", "1h", "--policy", file, "--territory", territory, ...more);
    };
    const rules = { steps: [{ after_seconds: 1, to: { role: "supervisor" } }] };
    const own = async (): Promise<unknown> => {
      const { out, err } = await asked({ policy: { rules } }, "--json");
      expect(out + err).not.toContain("Quintanilla");
      const [answer] = JSON.parse(out);
      return {
        ...answer,
        sends: answer.sends.filter((one: { notification_id: string }) => one.notification_id === id),
      };
    };
    // The step's second has to go by.
    await expect
      .poll(own, { timeout: 60_000 })
      .toMatchObject({ territory_id: territory, sends: [{ additional: 1, spared: 0 }] });
    const { out, status } = await asked({ policy: { rules } });
    const boss = demoUser(demo, "supervisor").user_id;
    expect(out).toMatch(new RegExp(`${id} .* critical +- +at once demo-clinician-1 .*\\+1000 ms ${boss} `));
    expect(out).toMatch(/[1-9]\d* could not be run again: it came in a digest/);
    expect(out).not.toContain("Quintanilla");
    expect(status).toBe(0);
    const wrong = await asked({ policy: { rules: { steps: [] } }, channels: [] });
    expect(wrong.output).toMatch(/can't be tried:\n {2}\/policy\/rules\/steps: .+\n {2}\/channels: /);
    expect(wrong.status).toBe(1);
  });

  it.each([
    [["01a20638-27be-7230-9f1a-d2befbd5fdf9"], {}, "Nothing here has the id 01a20638"],
    [["demo-clinician-1"], {}, "Nothing here has the id demo-clinician-1"],
    [["anything"], { TEMPORAL_ADDRESS: "127.0.0.1:9", DATABASE_URL: "" }, "Temporal doesn't answer on"],
    [["--since", "soon"], {}, "--since soon: give minutes, hours or days"],
    [["--until", "1h"], {}, "Unknown option"],
    [["--since", "1h", "--policy", "none.json"], {}, "--policy none.json: "],
    [["--policy", "none.json"], {}, "Usage: npm run replay"],
    [[], {}, "Usage: npm run replay"],
    [["--help"], {}, "Usage: npm run replay"],
  ])("answers %j with one line", async (args, env, line) => {
    const { output, status } = await runTool("replay/main", args, { ...site.env, ...env });
    expect(output).toContain(line);
    expect(output.trimEnd().split("\n")).toHaveLength(1);
    expect(status).toBe(args[0] === "--help" ? 0 : 1);
  });
});
