import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ofRecipient } from "../../activities/arrival/broadcast.ts";
import { planArrivals } from "../../activities/arrival/plan.ts";
import type { SendBody } from "../../api/notifications/schema.ts";
import { must } from "../../config/must.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aContactPoint, aPerson, aWish } from "../../testing/nouns.ts";
import { actAs } from "../db/knex.ts";
import { act } from "./act.ts";
import { arrive, readIntake, workLeft } from "./arrive.ts";
import { claim, settle } from "./claim.ts";
import { holdAnew } from "./hold-anew.ts";
import { takeReport } from "./report.ts";
import { cancelBroadcast } from "./withdraw.ts";

/** Cover, where it meets what fails, what is corrected, what others have to acknowledge too, and broadcasts. */
let hospital: Hospital;
const FAILED = { status: "failed", reason: "refused" } as const;
const CONTENT = { title: null, message: "m", redaction: { version: "1", counts: {} }, escalation: null };

beforeAll(async () => {
  hospital = await createHospital({ channels: ["websocket", "email"] });
  for (const person of ["north-1", "north-2", "north-boss"])
    await aContactPoint(hospital, { person, channel: "email", address: `${person}@tocsin.example` });
});
beforeEach(async () => {
  for (const id of ["north-1", "north-2", "north-boss"]) {
    await disable(id, null);
    await available(id);
  }
});
afterAll(() => hospital.close());

const disable = (person: string, at: Date | null) =>
  actAs(hospital.knex, "user:admin", (trx) => trx("users").where({ id: person }).update({ disabled_at: at }));
const available = (person: string) =>
  actAs(hospital.knex, `user:${person}`, (trx) => trx("availability").where({ user_id: person }).delete());
/** North-2 covers the person, and is told in their place. */
const away = (person: string) =>
  actAs(hospital.knex, `user:${person}`, (trx) =>
    trx("availability").insert({
      ...{ user_id: person, status: "away", delegate_id: "north-2", instead: true },
      until: trx.raw("clock_timestamp() + interval '1 hour'"),
    }),
  );
const send = (body: Partial<SendBody> = {}) => hospital.notify("north-1", body);
/** What a person has of a send. */
const own = async (id: string, person: string) => {
  const rows = await hospital.asOwner(
    "SELECT id, covers_for, replaced_by FROM notifications WHERE send_id = $1 AND user_id = $2",
    id,
    person,
  );
  const { id: one, ...rest } = must(rows[0], "notification");
  return { id: String(one), ...rest };
};
const emails = async (id: string, person: string) =>
  await hospital.asOwner(
    `SELECT d.id, d.status, reason, round, stand_down FROM deliveries d JOIN notifications n ON n.id = notification_id
     WHERE send_id = $1 AND n.user_id = $2 AND channel = 'email' ORDER BY round`,
    id,
    person,
  );
/** Claims a person's email and has it end so. */
async function ends(id: string, person: string, outcome: Parameters<typeof settle>[2]): Promise<void> {
  const email = must((await emails(id, person)).at(-1), "email");
  const claimed = await claim(hospital.knex, (await own(id, person)).id, String(email["id"]), []);
  if ("status" in claimed) throw new Error(`not claimed: ${claimed.status}`);
  await settle(hospital.knex, claimed, outcome);
}
const reported = (providerId: string) =>
  takeReport(hospital.knex, "email", { ...FAILED, providerId, deliveryId: null });
/** As on a screen that is off. */
const offline = async (id: string, person: string): Promise<void> => {
  const { id: notification_id } = await own(id, person);
  await actAs(hospital.knex, `worker:${notification_id}`, (trx) =>
    trx("deliveries")
      .where({ notification_id, channel: "websocket" })
      .update({ status: "skipped", reason: "offline" }),
  );
};
const change = (id: string, to: Record<string, unknown>) =>
  actAs(hospital.knex, `worker:${id}`, (trx) => trx("notifications").where({ id }).update(to));
const toRecipient = (acknowledgers: number) => ({
  escalation: JSON.stringify({
    ...{ steps: [{ after_seconds: 60, to: { recipient: true } }], repeat: 0, acknowledgers },
  }),
  next_step: 0,
  next_step_at: new Date(),
});

const COVERED = { status: "skipped", reason: "covered" };
const GIVEN_BACK = [{ status: "queued", reason: null }];

describe("who is away has their own channels back", () => {
  it("where the delegate's last one outside fails", async () => {
    await away("north-1");
    const id = await send();
    expect(await emails(id, "north-1")).toMatchObject([COVERED]);
    await ends(id, "north-2", FAILED);
    expect(await emails(id, "north-1")).toMatchObject(GIVEN_BACK);
    expect(await emails(id, "north-2")).toMatchObject([FAILED]);
  });

  it("whatever quiet hours, which are no more, would have held them", async () => {
    const clock = (hours: number): string =>
      new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
    await aWish(hospital, "north-1", { quiet_hours: { start: clock(-2), end: clock(4) }, time_zone: "UTC" });
    await away("north-1");
    const id = await send();
    expect(await emails(id, "north-1")).toMatchObject([COVERED]);
    await aWish(hospital, "north-1", {});
    await holdAnew(hospital.knex, "north-1", null);
    await ends(id, "north-2", FAILED);
    expect(await emails(id, "north-1")).toMatchObject(GIVEN_BACK);
    const [email] = await emails(id, "north-1");
    expect(await claim(hospital.knex, id, String(email?.["id"]), [])).toMatchObject({ attempt: 1 });
  });

  it("where the provider reports so afterwards", async () => {
    await away("north-1");
    const id = await send();
    await ends(id, "north-2", { status: "accepted", reason: null, providerId: "late" });
    expect(await emails(id, "north-1")).toMatchObject([COVERED]);
    await reported("late");
    expect(await emails(id, "north-1")).toMatchObject(GIVEN_BACK);
  });

  it("where the delegate's turn comes without an address, and not where the delegate has seen to it", async () => {
    await away("north-1");
    const [id, seen] = [await send(), await send()];
    await act(hospital.knex, "north-2", (await own(seen, "north-2")).id, { kind: "acknowledge" });
    expect(await emails(seen, "north-1")).toMatchObject([COVERED]);
    const points = { user_id: "north-2", channel: "email" };
    const verified = (verified_at: Date | null) =>
      actAs(hospital.knex, "user:north-2", (trx) =>
        trx("contact_points").where(points).update({ verified_at }),
      );
    await verified(null);
    const [email] = await emails(id, "north-2");
    await claim(hospital.knex, (await own(id, "north-2")).id, String(email?.["id"]), []);
    await verified(new Date());
    expect(await emails(id, "north-1")).toMatchObject(GIVEN_BACK);
  });

  it("but not where the delegate has seen it, unless a later step's round fails: what is read is not acknowledged", async () => {
    await away("north-1");
    const [seen, later] = [await send({ priority: "high" }), await send({ priority: "high" })];
    const email = must((await emails(seen, "north-2"))[0], "email");
    const copy = (await own(seen, "north-2")).id;
    const claimed = await claim(hospital.knex, copy, String(email["id"]), []);
    if ("status" in claimed) throw new Error(claimed.status);
    await change(copy, { seen_at: new Date() });
    await settle(hospital.knex, claimed, FAILED);
    expect(await emails(seen, "north-1")).toMatchObject([COVERED]);

    await act(hospital.knex, "north-2", (await own(later, "north-2")).id, { kind: "read" });
    await change(later, toRecipient(1));
    await hospital.escalate(later);
    expect(await emails(later, "north-1")).toMatchObject([COVERED, COVERED]);
    await ends(later, "north-2", FAILED);
    expect((await emails(later, "north-1")).at(-1)).toMatchObject({ round: 1, status: "queued" });
  });

  it("of a broadcast too, whose delegate is disabled", async () => {
    await away("north-boss");
    const id = await hospital.broadcast({ territory_id: "north", role: "supervisor" });
    await hospital.page(id);
    expect(await emails(id, "north-boss")).toMatchObject([COVERED]);
    await disable("north-2", new Date());
    const [email] = await emails(id, "north-2");
    await claim(hospital.knex, (await own(id, "north-2")).id, String(email?.["id"]), []);
    expect(await emails(id, "north-boss")).toMatchObject(GIVEN_BACK);
  });

  it("at a step, where the delegate acknowledged and another one has to as well", async () => {
    await away("north-1");
    const id = await send({ priority: "high" });
    await change(id, toRecipient(2));
    await act(hospital.knex, "north-2", (await own(id, "north-2")).id, { kind: "acknowledge" });
    await hospital.escalate(id);
    expect(await emails(id, "north-1")).toMatchObject([COVERED, { round: 1, status: "queued" }]);
    expect(await emails(id, "north-2")).toHaveLength(1);
  });
});

describe("the first step is due at once where every channel failed", () => {
  const due = async (id: string) => (await workLeft(hospital.knex, id)).nextMs === 0;

  it("by a report as by an answer", async () => {
    const id = await send({ priority: "critical" });
    await offline(id, "north-1");
    await ends(id, "north-1", { status: "accepted", reason: null, providerId: "bounces" });
    expect(await due(id)).toBe(false);
    await reported("bounces");
    expect(await due(id)).toBe(true);
  });

  it("but not while a delegate is told, nor once the person has read it", async () => {
    const seen = await send({ priority: "critical" });
    await offline(seen, "north-1");
    await ends(seen, "north-1", { status: "accepted", reason: null, providerId: "seen" });
    await act(hospital.knex, "north-1", seen, { kind: "read" });
    // Its status is that of a notification that a later channel brought.
    await change(seen, { status: "sent" });
    await reported("seen");
    expect(await due(seen)).toBe(false);

    await away("north-1");
    const id = await send({ priority: "critical" });
    await offline(id, "north-1");
    await ends(id, "north-1", FAILED);
    expect(await due(id)).toBe(false);
  });

  it.each(["fails", "is disabled"])(
    "also where the delegate %s after the person's own failed",
    async (how) => {
      await away("north-1");
      const id = await send({ priority: "critical" });
      for (const person of ["north-1", "north-2"]) await offline(id, person);
      await ends(id, "north-1", FAILED);
      expect(await due(id)).toBe(false);
      if (how === "fails") await ends(id, "north-2", FAILED);
      else {
        await disable("north-2", new Date());
        const [email] = await emails(id, "north-2");
        await claim(hospital.knex, (await own(id, "north-2")).id, String(email?.["id"]), []);
      }
      expect(await due(id)).toBe(true);
    },
  );

  it("by a report after an answer that was lost", async () => {
    const id = await send({ priority: "critical" });
    await offline(id, "north-1");
    await ends(id, "north-1", { status: "unknown", reason: "lost", providerId: "bounces-late" });
    expect(await due(id)).toBe(false);
    await reported("bounces-late");
    expect(await due(id)).toBe(true);
  });

  it("but not for a recipient who was disabled while a delegate is told", async () => {
    await away("north-1");
    const id = await send({ priority: "critical" });
    await disable("north-1", new Date());
    const [email] = await emails(id, "north-1");
    await claim(hospital.knex, id, String(email?.["id"]), []);
    expect(await due(id)).toBe(false);
  });
});

describe("a correction", () => {
  it("takes the place of the delegate's copy too, who hears nothing else", async () => {
    await away("north-1");
    const former = await send({ priority: "critical" });
    await ends(former, "north-2", { status: "accepted", reason: null });
    const later = await send({ priority: "critical", replaces: former });
    expect(await own(former, "north-1")).toMatchObject({ replaced_by: later });
    expect(await own(former, "north-2")).toMatchObject({ replaced_by: (await own(later, "north-2")).id });
    expect(await emails(former, "north-2")).toMatchObject([{ stand_down: null }]);
  });

  it("that comes to the person alone ends the copy of whoever covered them", async () => {
    await away("north-1");
    const former = await send({ priority: "critical" });
    await available("north-1");
    await send({ priority: "critical", replaces: former });
    expect(await own(former, "north-2")).toMatchObject({ replaced_by: null });
  });
});

describe("a broadcast", () => {
  it("is the delegate's for everybody whom they cover, on whichever page, and each is told no more once the delegate acknowledged", async () => {
    const other = await aPerson(hospital, { id: "north-boss-2", territory: "north", role: "supervisor" });
    await away("north-boss");
    await away(other.id);
    const id = await hospital.broadcast({ territory_id: "north", role: "supervisor", priority: "critical" });
    const content = { ...CONTENT, escalation: null, firstStepSeconds: 60 };
    for (const after of ["", "north-boss", "north-boss"]) {
      const intake = must(await readIntake(hospital.knex, id, { after, size: 1 }), "intake");
      const arrivals = planArrivals((user) => ofRecipient(id, user), intake.people, intake.send, ["email"]);
      await arrive(hospital.knex, id, content, arrivals, false);
    }
    expect(await own(id, "north-2")).toMatchObject({ covers_for: ["north-boss", "north-boss-2"] });
    const record = await hospital.asOwner(
      "SELECT payload->'covers_for' AS covers FROM audit_events WHERE action = 'notification.cover' AND payload->>'root_id' = $1 ORDER BY id",
      id,
    );
    expect(record).toEqual([{ covers: ["north-boss"] }, { covers: ["north-boss", "north-boss-2"] }]);
    await available(other.id);
    await disable(other.id, new Date());
  });

  it("gives the channels back of whom a later page adds to what a delegate was told, where that had failed", async () => {
    const other = await aPerson(hospital, { id: "north-boss-4", territory: "north", role: "supervisor" });
    await aContactPoint(hospital, { person: other.id, channel: "email", address: "boss-4@tocsin.example" });
    await away("north-boss");
    await away(other.id);
    const id = await hospital.broadcast({ territory_id: "north", role: "supervisor" });
    const page = async (after: string) => {
      const intake = must(await readIntake(hospital.knex, id, { after, size: 1 }), "intake");
      const arrivals = planArrivals((user) => ofRecipient(id, user), intake.people, intake.send, ["email"]);
      await arrive(hospital.knex, id, CONTENT, arrivals, false);
    };
    await page("");
    await ends(id, "north-2", FAILED);
    expect(await emails(id, "north-boss")).toMatchObject(GIVEN_BACK);
    await page("north-boss");
    expect(await own(id, "north-2")).toMatchObject({ covers_for: ["north-boss", other.id] });
    expect(await emails(id, other.id)).toMatchObject(GIVEN_BACK);
    await available(other.id);
    await disable(other.id, new Date());
  });

  it("tells nobody again at a step for whom a delegate acknowledged", async () => {
    await away("north-boss");
    const other = await aPerson(hospital, { id: "north-boss-3", territory: "north", role: "supervisor" });
    await aContactPoint(hospital, { person: other.id, channel: "email", address: "boss@tocsin.example" });
    const id = await hospital.broadcast({ territory_id: "north", role: "supervisor", priority: "critical" });
    await hospital.page(id);
    await change(id, toRecipient(1));
    await act(hospital.knex, "north-2", (await own(id, "north-2")).id, { kind: "acknowledge" });
    await hospital.escalate(id);
    expect(await emails(id, other.id)).toHaveLength(2);
    expect(await emails(id, "north-boss")).toHaveLength(1);
    await disable(other.id, new Date());
  });

  it("that is withdrawn counts those it was for, and no delegates", async () => {
    await away("north-boss");
    const id = await hospital.broadcast({ territory_id: "north", role: "supervisor" });
    await hospital.page(id);
    await act(hospital.knex, "north-2", (await own(id, "north-2")).id, { kind: "read" });
    const { north } = hospital.services;
    expect(await cancelBroadcast(hospital.knex, north.id, id, () => undefined)).toEqual({
      ...{ reached: 0, notReached: 1, waits: false },
    });
  });

  it("to a topic is written for nobody else, whoever's plan it was", async () => {
    const id = await hospital.broadcast({ territory_id: "north" });
    const intake = must(await readIntake(hospital.knex, id, { after: "", size: 10 }), "intake");
    const plan = planArrivals((user) => ofRecipient(id, user), intake.people, intake.send, ["email"]);
    await actAs(hospital.knex, `worker:${id}`, (trx) =>
      trx("sends")
        .where({ id })
        .update({ people: ["north-1"] }),
    );
    await expect(arrive(hospital.knex, id, CONTENT, plan, false)).rejects.toThrow("not of its topic");
    await hospital.page(id);
    expect(await own(id, "north-1")).toMatchObject({ covers_for: [] });
  });
});
