import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Demo } from "../store/demo.ts";
import { demoUser, Person, send, targetOf } from "../testing/client.ts";
import { LiveClient } from "../testing/live.ts";
import type { Program } from "../testing/program.ts";
import { createSite, type Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** One word in a send, a team on its screens. */
describe("a critical send to a topic", () => {
  let site: Site;
  let node: Program;
  let demo: Demo;
  let territory: string;
  let team: Person[];
  let boss: Person;

  beforeAll(async () => {
    site = await createSite();
    node = await site.start();
    demo = await site.demo();
    territory = targetOf(demoUser(demo, "clinician")).territory_id;
    team = [
      await Person.signIn(node.url, demoUser(demo, "clinician")),
      await Person.signIn(node.url, demoUser(demo, "clinician", 1)),
    ];
    boss = await Person.signIn(node.url, demoUser(demo, "supervisor"));
    const post = async (path: string, body: object): Promise<Record<string, unknown>> => {
      const headers = { "Content-Type": "application/json" };
      const answer = await boss.fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
      if (answer.status !== 201) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
      return Object(await answer.json());
    };
    const layer = {
      name: "All",
      people: ["demo-clinician-1"],
      starts: "2026-01-05T08:00",
      rule: "FREQ=DAILY",
    };
    const { schedule_id } = await post("/api/schedules", {
      ...{ territory_id: territory, name: "Always", zone: "UTC", layers: [layer] },
    });
    const role = { territory_id: territory, role: "team-lead", name: "Lead", schedule_id };
    await post("/api/roles", role);
    await post("/api/topics", {
      ...{ territory_id: territory, topic: "rapid-response", name: "Rapid response" },
      members: ["demo-clinician-1", "demo-clinician-2"],
      roles: ["team-lead"],
    });
  });
  afterAll(() => site.close());

  it("is on each screen once, by name and by role, and its alert ends once both have acknowledged", async () => {
    const screens = await Promise.all(team.map((person) => new LiveClient(person).connected()));
    const message = "Respiratory arrest";
    const { status, body } = await send(node.url, demo.api_key, {
      ...{ to: { topic: "rapid-response" }, territory_id: territory, priority: "critical", message },
    });
    expect(status).toBe(202);
    const progress = async (): Promise<Record<string, unknown>> => {
      const headers = { Authorization: `Bearer ${demo.api_key}` };
      const answer = await fetch(`${node.url}/api/broadcasts/${body.notification_id}`, { headers });
      return Object(await answer.json());
    };
    await until("both have it", async () => (await progress())["delivered"] === 2);
    await expect.poll(progress).toMatchObject({ status: "completed", recipients: 2, persisted: 2 });
    for (const person of team) {
      const mine = (await person.inbox()).filter((one) => one.message === message);
      expect(mine).toHaveLength(1);
      expect((await person.act(mine[0]?.notification_id ?? "", "acknowledge")).status).toBe(200);
    }
    expect((await boss.inbox()).filter((one) => one.message === message)).toEqual([]);
    await until("both have acknowledged", async () => (await progress())["acknowledged"] === 2);
    await Promise.all(screens.map((screen) => screen.stop()));
  });
});
