import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { actAs } from "../db/knex.ts";
import { call } from "../db/transitions.ts";
import { act, type Act } from "./act.ts";
import { workLeft } from "./arrive.ts";
import { claim } from "./claim.ts";
import { closeCopies, follow } from "./follow.ts";

/** What happens to an alert whose step told 2,000 people: by pages, each a few statements, so that no inbox is locked for long. */
const PEOPLE = 2_000;
const PAGE = 100;

let hospital: Hospital;
let owner: pg.Client;
let id: string;

beforeAll(async () => {
  hospital = await createHospital({ channels: ["websocket", "email"] });
  owner = await hospital.owner(
    "users",
    "inboxes",
    "memberships",
    "contact_points",
    "sends",
    "notifications",
    "deliveries",
  );
  await owner.query(
    `INSERT INTO users (id, name, email) SELECT 'many-' || n, 'many', 'many-' || n || '@tocsin.example' FROM generate_series(1, ${PEOPLE}) AS n;
     INSERT INTO inboxes (user_id, seq) SELECT id, 0 FROM users WHERE id LIKE 'many-%' ON CONFLICT DO NOTHING;
     INSERT INTO memberships (user_id, territory_id, role) SELECT id, 'north', 'supervisor' FROM users WHERE id LIKE 'many-%';
     INSERT INTO contact_points (user_id, channel, address, verified_at)
       SELECT id, 'email', email, now() FROM users WHERE id LIKE 'many-%';
     ANALYZE`,
  );
  id = await hospital.notify("north-1", { priority: "critical", dedup_key: "freezer-7" });
}, 120_000);
afterAll(() => hospital.close());

/** How often each transition is called meanwhile. */
async function calls(work: () => Promise<unknown>): Promise<Record<string, number>> {
  const made: Record<string, number> = {};
  const note = (step: unknown): void => {
    const { name, at } = step as { name: string; at: string };
    if (at === "end") made[name] = (made[name] ?? 0) + 1;
  };
  subscribe("tocsin:transition", note);
  await work().finally(() => unsubscribe("tocsin:transition", note));
  return made;
}

/** How many inboxes one call of a transition locks until it is committed. */
async function locked(name: string, ...values: unknown[]): Promise<number> {
  return await hospital.knex.transaction(async (trx) => {
    await call(trx, name, ...values);
    const { rows } = await owner.query(
      `SELECT (SELECT count(*) FROM inboxes)::int - count(*)::int AS locked
       FROM (SELECT FROM inboxes FOR NO KEY UPDATE SKIP LOCKED) AS free`,
    );
    return rows[0].locked;
  });
}

/** How many of the family are in a state. */
const count = async (state: string): Promise<number> => {
  const { rows } = await owner.query(
    `SELECT count(*)::int AS count FROM notifications WHERE (id = $1 OR escalated_from = $1) AND ${state}`,
    [id],
  );
  return rows[0].count;
};
const does = (what: Act, person = "north-1", of = id) => act(hospital.knex, person, of, what);
/** The family: north-1's, and the copies of the many and of the one who was supervisor before. */
const ALL = PEOPLE + 2;
const PAGES = Math.ceil((PEOPLE + 1) / PAGE);

/** Tells everybody of the alert. */
async function tellAll(): Promise<void> {
  await hospital.takeStep(id);
}

it("is told by pages, as many calls as there are", async () => {
  const made = await calls(tellAll);
  expect(made).toEqual({ step_targets: 1, tell_people: PAGES, escalate: 1 });
  expect(await count("true")).toBe(ALL);
});

it("has those tried first whom nobody has tried, where more are left than one answer names", async () => {
  const named = async () => {
    const { groups } = await workLeft(hospital.knex, id);
    return groups.map(({ notificationId }) => notificationId);
  };
  const first = await named();
  expect(first).toHaveLength(1_000);
  // Their channel says again for hours.
  await owner.query("UPDATE deliveries SET attempts = 1 WHERE notification_id = ANY ($1)", [first]);
  const second = await named();
  expect(second).toHaveLength(1_000);
  expect(second.filter((one) => first.includes(one))).toEqual([]);
  await owner.query("UPDATE deliveries SET status = 'accepted', updated_at = now() WHERE channel = 'email'");
});

it("is sent again by one call that locks no inbox but its recipient's, and by pages for the others", async () => {
  const again = await hospital.accept("north-1", { priority: "critical", dedup_key: "freezer-7" });
  const content = { title: "Freezer 7", message: "At -58", redaction: { version: "1", counts: {} } };
  expect(await locked("join_alert", again, id, JSON.stringify(content), "[]", "[]")).toBe(1);
  expect(await count("repeats = 1")).toBe(1);
  expect(await locked("follow", id, PAGE)).toBe(PAGE);
  expect(await calls(() => follow(hospital.knex, id))).toEqual({ follow: PAGES - 1 });
  expect(await count(`repeats = 1 AND message = 'At -58' AND text_id = '${again}' AND NOT behind`)).toBe(ALL);
});

it("is acknowledged by one who locks no inbox but theirs, and closed by pages", async () => {
  expect(await locked("act", "north-1", id, "acknowledge", null, null, false, null)).toBe(1);
  expect(await locked("close_copies", id, PAGE)).toBe(PAGE);
  const made = await calls(() => call(hospital.knex, "close_copies", id, PAGE));
  expect(made).toEqual({ close_copies: 1 });
  expect(await count("acknowledged_at IS NOT NULL")).toBe(1 + 2 * PAGE);
});

it("is opened again by one who locks no inbox but theirs, by pages, those of the others that were closed", async () => {
  expect(await locked("unacknowledge", "north-1", id)).toBe(1);
  expect(await count("acknowledged_at IS NOT NULL")).toBe(2 * PAGE);
  expect(await locked("follow", id, PAGE)).toBe(PAGE);
  expect(await calls(() => call(hospital.knex, "follow", id, PAGE))).toEqual({ follow: 1 });
  expect(await count("acknowledged_at IS NOT NULL OR behind")).toBe(1);
  await call(hospital.knex, "follow", id, PAGE);
  expect(await count("acknowledged_at IS NOT NULL OR behind")).toBe(0);
});

it("is acknowledged, completed and resolved, everybody of it, in as many calls as there are pages", async () => {
  // Who acknowledges waits for the first page.
  expect(await calls(() => does({ kind: "acknowledge" }))).toEqual({ act: 1, close_copies: 1 });
  expect(await calls(() => closeCopies(hospital.knex, id))).toEqual({ close_copies: PAGES - 1 });
  expect(await count("acknowledged_at IS NOT NULL AND NOT closing")).toBe(ALL);
  expect(await locked("complete", "north-1", id)).toBe(1);
  expect(await locked("follow", id, PAGE)).toBe(PAGE);
  const { rows } = await owner.query("SELECT service_id, dedup_hash FROM sends WHERE id = $1", [id]);
  expect(await locked("resolve", rows[0].service_id, rows[0].dedup_hash)).toBe(1);
  // One walk brings both.
  expect(await locked("follow", id, PAGE)).toBe(PAGE);
  expect(await calls(() => follow(hospital.knex, id))).toEqual({ follow: PAGES - 1 });
  expect(await count("completed_at IS NOT NULL AND resolved_at IS NOT NULL AND NOT behind")).toBe(ALL);
});

it("is raised with all of its copies by one call, which locks the inboxes of all: an acknowledgement of a copy from before counts no longer", async () => {
  id = await hospital.notify("north-1", { priority: "high", dedup_key: "freezer-8" });
  const steps = [{ after_seconds: 60, to: { role: "supervisor" } }];
  const rules = JSON.stringify({ steps, repeat: 0, acknowledgers: 2 });
  await actAs(hospital.knex, `worker:${id}`, (trx) =>
    trx("notifications").where({ id }).update({ escalation: rules }),
  );
  await tellAll();
  const { rows } = await owner.query(
    "SELECT id FROM notifications WHERE escalated_from = $1 AND user_id = 'north-boss'",
    [id],
  );
  await does({ kind: "acknowledge" }, "north-boss", rows[0].id);
  expect(await count("acknowledged_at IS NOT NULL")).toBe(1);
  const worse = await hospital.accept("north-1", { priority: "critical", dedup_key: "freezer-8" });
  const content = { title: "Freezer 8", message: "At -40", redaction: { version: "1", counts: {} } };
  expect(await locked("join_alert", worse, id, JSON.stringify(content), "[]", "[]")).toBe(ALL);
  expect(await count("acknowledged_at IS NOT NULL OR behind")).toBe(0);
  expect(await count("priority = 'critical' AND message = 'At -40'")).toBe(ALL);
});

/** A channel outside of a copy to which the alert's end has not come yet, and what a claim of it answers. */
async function claimOfOne(): Promise<unknown> {
  const { rows } = await owner.query(
    `SELECT d.id, d.notification_id FROM deliveries d JOIN notifications n ON n.id = d.notification_id
     WHERE n.escalated_from = $1 AND d.channel = 'email' AND d.status = 'queued' ORDER BY n.id DESC LIMIT 1`,
    [id],
  );
  const [one] = rows;
  return await claim(hospital.knex, one.notification_id, one.id, []);
}

describe("is ended by one call that locks no inbox but its recipient's, after which no copy is sent, and by pages where it", () => {
  beforeEach(async () => {
    id = await hospital.notify("north-1", { priority: "critical" });
    await tellAll();
  });

  /** Ends the alert; none of its copies knows yet. */
  async function ends(inboxes: number, name: string, ...values: unknown[]): Promise<void> {
    expect(await locked(name, ...values)).toBe(inboxes);
    expect(await claimOfOne()).toMatchObject({ status: "skipped" });
    expect(await locked("follow", id, PAGE)).toBe(PAGE);
    expect(await calls(() => follow(hospital.knex, id))).toEqual({ follow: PAGES - 1 });
    expect(await count("behind")).toBe(0);
  }

  it("is taken back", async () => {
    await ends(1, "cancel", hospital.services.north.id, id);
    expect(await count("status = 'cancelled'")).toBe(ALL);
  });

  it("is closed by a supervisor", async () => {
    await ends(1, "close_alert", "north-boss", id, "seen to");
    expect(await count("closed_at IS NOT NULL AND closed_by = 'north-boss'")).toBe(ALL);
  });

  it("is replaced, at once for whoever gets the other one", async () => {
    const other = await hospital.accept("north-boss", { priority: "critical", replaces: id });
    const made = await calls(() => hospital.persist(other));
    expect(made).toMatchObject({ arrive: 1, follow: 1 });
    expect(await count("replaced_at IS NOT NULL")).toBe(2 + PAGE);
    expect(await count(`replaced_by = '${other}' AND user_id = 'north-boss'`)).toBe(1);
    expect(await claimOfOne()).toMatchObject({ status: "skipped" });
    expect(await locked("follow", id, PAGE)).toBe(PAGE);
    await follow(hospital.knex, id);
    expect(await count("replaced_at IS NOT NULL AND NOT behind")).toBe(ALL);
  });
});
