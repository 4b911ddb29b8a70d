import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { DeliveryDto } from "../../channels/contract.ts";
import { actAs } from "../../store/db/knex.ts";
import type { Demo } from "../../store/demo.ts";
import { demoUser, Person, send } from "../../testing/client.ts";
import { type PagerServer, startPager } from "../../tools/pager/server.ts";
import type { Program } from "../../testing/program.ts";
import { aContactPoint, aPolicy } from "../../testing/nouns.ts";
import { createSite, type Site } from "../../testing/site.ts";
import { until } from "../../testing/until.ts";
import { Delivery } from "./schema.ts";

const NORTH = "north-hospital";

let pager: PagerServer;
let site: Site;
let node: Program;
let demo: Demo;
let owner: pg.Client;
let supervisor: Person;
let clinician: Person;

beforeAll(async () => {
  pager = await startPager();
  site = await createSite(pager.env);
  node = await site.start();
  demo = await site.demo();
  await aContactPoint(site, { person: "demo-clinician-1", channel: "pager", address: "made-up-pager-1" });
  supervisor = await Person.signIn(node.url, demoUser(demo, "supervisor"));
  clinician = await Person.signIn(node.url, demoUser(demo, "clinician"));
  owner = new pg.Client({ connectionString: site.databaseUrl });
  await owner.connect();
  await owner.query("ALTER TABLE audit_events NO FORCE ROW LEVEL SECURITY");
});
beforeEach(() => {
  pager.answer = () => 200;
});
afterAll(async () => {
  await owner.end();
  await site.close();
  await pager.close();
});

const page = async (extra: object = {}): Promise<string> => {
  const body = { user_id: "demo-clinician-1", territory_id: NORTH, message: "Hello", channels: ["pager"] };
  return (await send(node.url, demo.api_key, { ...body, ...extra })).body.notification_id;
};
const deliveries = async (id: string): Promise<DeliveryDto[]> => (await supervisor.timeline(id)).deliveries;
const settled = (id: string, count = 1): Promise<DeliveryDto[]> =>
  until(`${count} deliveries of ${id} are settled`, async () => {
    const all = await deliveries(id);
    return all.length === count && all.every(({ status }) => !["queued", "claimed"].includes(status)) && all;
  });
const redeliver = (id = "", who = supervisor): Promise<Response> =>
  who.fetch(`/api/deliveries/${id}/redeliver`, { method: "POST" });
const pagesOf = (id: string) => pager.pages.filter(({ notificationId }) => notificationId === id);

describe("POST /api/deliveries/{id}/redeliver", () => {
  it("delivers once more under a new delivery, though the workflow is over, on record", async () => {
    pager.answer = () => 400;
    const id = await page();
    const [failed] = await settled(id);
    expect(failed?.status).toBe("failed");
    await clinician.act(id, "acknowledge");

    pager.answer = () => 200;
    const answer = await redeliver(failed?.delivery_id);
    expect(answer.status).toBe(202);
    expect(answer.headers.get("location")).toBe(`/api/notifications/${id}/deliveries`);
    const made = Delivery.parse(await answer.json());
    expect(made).toMatchObject({ status: "queued", redelivery_of: failed?.delivery_id, attempts: 0 });
    expect(made.delivery_id).not.toBe(failed?.delivery_id);

    expect(await settled(id, 2)).toMatchObject([
      { delivery_id: failed?.delivery_id, status: "failed" },
      { delivery_id: made.delivery_id, status: "delivered", channel: "pager" },
    ]);
    expect(pagesOf(id).map(({ idempotencyKey }) => idempotencyKey)).toEqual([
      failed?.delivery_id,
      made.delivery_id,
    ]);
    const { events } = await supervisor.timeline(id);
    expect(events.filter(({ delivery_id }) => delivery_id === made.delivery_id)).toMatchObject([
      { status: "queued", reason: "redelivery" },
      { status: "claimed" },
      { status: "delivered" },
    ]);
    const { rows } = await owner.query(
      "SELECT actor, outcome, object_id, territory_id FROM audit_events WHERE action = 'delivery.redeliver' AND payload->>'delivery_id' = $1",
      [made.delivery_id],
    );
    expect(rows).toEqual([
      { actor: "user:demo-supervisor-1", outcome: "ok", object_id: id, territory_id: NORTH },
    ]);
  });

  it("is refused while one is under way, and of many at once one is taken", async () => {
    pager.answer = () => "hang";
    const id = await page();
    const open = await until("it is claimed", async () =>
      (await deliveries(id)).find(({ status }) => status === "claimed"),
    );
    expect((await redeliver(open.delivery_id)).status).toBe(409);

    pager.answer = () => 400;
    const other = await page();
    const [failed] = await settled(other);
    pager.answer = () => 200;
    const answers = await Promise.all(Array.from({ length: 6 }, () => redeliver(failed?.delivery_id)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 202).length).toBeGreaterThanOrEqual(1);
    expect(statuses.every((status) => status === 202 || status === 409)).toBe(true);
    const rounds = statuses.filter((status) => status === 202).length;
    await settled(other, 1 + rounds);
    expect(pagesOf(other)).toHaveLength(1 + rounds);
  });

  it("is for supervisors of the territory", async () => {
    const id = await page();
    const [done] = await settled(id);
    const foreign = await Person.signIn(node.url, demoUser(demo, "supervisor", 1));
    const admin = await Person.signIn(node.url, demoUser(demo, "admin"));
    expect((await redeliver(done?.delivery_id, clinician)).status).toBe(403);
    expect((await redeliver(done?.delivery_id, admin)).status).toBe(403);
    expect((await redeliver(done?.delivery_id, foreign)).status).toBe(404);
    expect((await redeliver("nonsense")).status).toBe(404);
    expect((await redeliver("0192f0c1-7a00-7000-8000-000000000001")).status).toBe(404);
    expect(
      (await fetch(`${node.url}/api/deliveries/${done?.delivery_id}/redeliver`, { method: "POST" })).status,
    ).toBe(401);
    expect(await deliveries(id)).toHaveLength(1);
    const { rows } = await owner.query(
      "SELECT DISTINCT actor FROM audit_events WHERE action = 'delivery.redeliver' AND outcome = 'denied' AND object_id = $1 ORDER BY actor",
      [done?.delivery_id],
    );
    expect(rows.map(({ actor }) => actor)).toEqual([
      "user:demo-admin",
      "user:demo-clinician-1",
      "user:demo-supervisor-2",
    ]);
  });

  it("does not stand in the way of escalation, which takes its own rounds and no other's deliveries", async () => {
    const policy = await aPolicy(site, {
      territory: NORTH,
      rules: {
        steps: [{ after_seconds: 3_600, to: { recipient: true }, channels: ["pager"] }],
        repeat: 0,
        acknowledgers: 1,
      },
      isDefault: false,
    });
    const id = await page({ escalation_policy_id: policy });
    const [first] = await settled(id);
    expect((await redeliver(first?.delivery_id)).status).toBe(202);
    await settled(id, 2);
    await actAs(site.knex, `worker:${id}`, (trx) =>
      trx("notifications").where({ id }).update({ next_step_at: new Date() }),
    );
    const all = await settled(id, 3);
    expect(all.map(({ redelivery_of }) => redelivery_of)).toEqual([null, null, first?.delivery_id]);
    expect(pagesOf(id)).toHaveLength(3);
  });

  it("is started by the reconciler where Temporal did not hear of it", async () => {
    const deaf = await site.start({ role: "api", env: { TEMPORAL_ADDRESS: "127.0.0.1:1" } });
    const id = await page();
    const [first] = await settled(id);
    expect((await redeliver(first?.delivery_id, supervisor.at(deaf.url))).status).toBe(202);
    await deaf.stop();
    // What nothing has begun is looked at 10 s after it was planned, which is waited for by moving it.
    await actAs(site.knex, `worker:${id}`, async (trx) => {
      const left = trx("deliveries").where({ notification_id: id, status: "queued" });
      for (const { next_check_at } of await left.clone().select("next_check_at"))
        expect(next_check_at.getTime() - Date.now()).toBeLessThanOrEqual(10_000);
      await left.update({ next_check_at: new Date() });
    });
    expect(await settled(id, 2)).toMatchObject([{ status: "delivered" }, { status: "delivered" }]);
    expect(pagesOf(id)).toHaveLength(2);
  });
});
