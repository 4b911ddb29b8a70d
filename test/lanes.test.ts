import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Demo } from "../store/demo.ts";
import { demoUser, Person, send, targetOf } from "../testing/client.ts";
import { LiveClient } from "../testing/live.ts";
import { aService } from "../testing/nouns.ts";
import type { Program } from "../testing/program.ts";
import { createSite, type Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";

const MANY = 150;

/** Critical sends do not wait for others. */
describe("lanes", () => {
  let site: Site;
  let node: Program;
  let demo: Demo;
  let person: Person;
  let target: { user_id: string; territory_id: string };

  beforeAll(async () => {
    site = await createSite();
    node = await site.start();
    demo = await site.demo();
    const user = demoUser(demo, "clinician");
    target = targetOf(user);
    person = await Person.signIn(node.url, user);
  });
  afterAll(() => site.close());

  it("shows a critical and an ordinary one before a bulk is through, and all of the bulk, each once", async () => {
    const live = await new LiveClient(person).connected();
    const notifications = Array.from({ length: MANY }, (_, n) => ({ ...target, message: `of many ${n}` }));
    const bulk = fetch(`${node.url}/api/notifications/send-bulk`, {
      method: "POST",
      headers: { Authorization: `Bearer ${demo.api_key}`, "Content-Type": "application/json" },
      body: JSON.stringify({ notifications }),
    });
    expect((await bulk).status).toBe(202);
    const ordinary = await send(node.url, demo.api_key, { ...target, message: "ordinary" });
    const critical = await send(node.url, demo.api_key, {
      ...target,
      message: "critical",
      priority: "critical",
    });
    // By now both are taken in.
    const already = live.shown.length;
    const ids = await until(
      "all are shown",
      () => {
        const arrived = new Set(live.shown.map(({ notification_id }) => notification_id));
        return arrived.size === MANY + 2 && [...arrived];
      },
      100_000,
    );
    expect(ids.indexOf(ordinary.body.notification_id) - already).toBeLessThan(20);
    expect(ids.indexOf(critical.body.notification_id) - already).toBeLessThan(20);
    expect(await person.inbox()).toHaveLength(MANY + 2);
    await live.stop();
  });

  it("takes in none of those that it turns away, when more come than there is room for", async () => {
    const owner = new pg.Client({ connectionString: site.databaseUrl });
    await owner.connect();
    try {
      const before = await takenIn(owner);
      await owner.query("BEGIN; LOCK TABLE sends IN ACCESS EXCLUSIVE MODE");
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => send(node.url, demo.api_key, { ...target, message: "crowded" })),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 503));
      await owner.query("ROLLBACK");
      // Had any of the twelve been left waiting, its turn would come before this one's.
      expect((await send(node.url, demo.api_key, { ...target, message: "with room" })).status).toBe(202);
      // The four that waited for the table may be a moment later than this one, which ran beside them.
      await expect.poll(async () => (await takenIn(owner)) - before).toBe(4 + 1);
    } finally {
      await owner.end();
    }
  });

  it("takes in and shows a critical one while other work holds every connection and waits", async () => {
    const colleague = demoUser(demo, "clinician", 1);
    const live = await new LiveClient(await Person.signIn(node.url, colleague)).connected();
    const id = (await send(node.url, demo.api_key, { ...target, message: "locked" })).body.notification_id;
    await until("it is there", async () => (await person.inbox()).some((one) => one.notification_id === id));
    const owner = new pg.Client({ connectionString: site.databaseUrl });
    await owner.connect();
    try {
      await owner.query("SELECT set_config('app.actor', $1, false)", [`worker:${id}`]);
      await owner.query("BEGIN");
      await owner.query("SELECT FROM notifications WHERE id = $1 FOR UPDATE", [id]);
      const acts = Array.from({ length: 12 }, () => person.act(id, "read"));
      const toColleague = { ...targetOf(colleague), message: "beside it" };
      await until("no connection is left", async () => {
        const { status } = await send(node.url, demo.api_key, toColleague);
        return status === 503;
      });
      const critical = await send(node.url, demo.api_key, { ...toColleague, priority: "critical" });
      expect(critical.status).toBe(202);
      await live.sees(critical.body.notification_id);
      await owner.query("ROLLBACK");
      await Promise.all(acts);
    } finally {
      await owner.end();
      await live.stop();
    }
  });

  it("shows another key's critical one after few of those that one key sends in many bulks at once", async () => {
    const other = await aService(site, { territories: [target.territory_id] });
    const live = await new LiveClient(person).connected();
    // Redacting one takes some 30 ms.
    const slow = { ...target, message: "ﷺ".repeat(500), priority: "critical" };
    const before = live.shown.length;
    const bulks = Array.from({ length: 4 }, () =>
      fetch(`${node.url}/api/notifications/send-bulk`, {
        method: "POST",
        headers: { Authorization: `Bearer ${demo.api_key}`, "Content-Type": "application/json" },
        body: JSON.stringify({ notifications: Array.from({ length: 40 }, () => slow) }),
      }),
    );
    for (const bulk of await Promise.all(bulks)) expect(bulk.status).toBe(202);
    const single = await send(node.url, other.key, { ...target, message: "single", priority: "critical" });
    const already = live.shown.length - before;
    expect(already).toBeLessThan(100);
    await live.sees(single.body.notification_id);
    const shown = new Set(live.shown.slice(before).map(({ notification_id }) => notification_id));
    // All that were there before it would be some hundred; sixteen of a key are on their way at a time.
    expect(shown.size - already).toBeLessThan(48);
    await until(
      "all are shown",
      () => new Set(live.shown.map(({ notification_id }) => notification_id)).size >= before + 161,
      100_000,
    );
    await live.stop();
  });
});

/** How many sends of the demo's service there are. */
async function takenIn(owner: pg.Client): Promise<number> {
  await owner.query("SELECT set_config('app.actor', 'setup', false)");
  await owner.query("SELECT set_config('app.actor', 'service:' || id, false) FROM services");
  const { rows } = await owner.query<{ count: string }>("SELECT count(*) FROM sends");
  return Number(rows[0]?.count);
}
