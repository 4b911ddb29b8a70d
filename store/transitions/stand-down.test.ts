import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { must } from "../../config/must.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aContactPoint } from "../../testing/nouns.ts";
import { actAs } from "../db/knex.ts";
import { claimUnfinished } from "../notifications/outbox.ts";
import { act } from "./act.ts";
import { claim, settle } from "./claim.ts";
import { closeAlert } from "./close-alert.ts";
import { takeReport } from "./report.ts";
import { resolve } from "./resolve.ts";
import { cancelBroadcast, expire } from "./withdraw.ts";

let hospital: Hospital;
let id: string;
let copy: string;

beforeAll(async () => {
  hospital = await createHospital({ channels: ["websocket", "email"] });
  for (const person of ["north-1", "north-2", "north-boss"])
    await aContactPoint(hospital, { person, channel: "email", address: `${person}@tocsin.example` });
});
beforeEach(async () => {
  id = await hospital.notify("north-1", { priority: "critical" });
  await change(id, { next_step_at: new Date() });
  await hospital.escalate(id);
  const [row] = await hospital.asOwner("SELECT id FROM notifications WHERE escalated_from = $1", id);
  copy = String(must(row, "copy")["id"]);
});
afterAll(() => hospital.close());

const change = (of: string, to: Record<string, unknown>) =>
  actAs(hospital.knex, `worker:${of}`, (trx) => trx("notifications").where({ id: of }).update(to));
const emails = (of: string) =>
  hospital.asOwner(
    "SELECT id, status, reason, stand_down, stand_down_minutes, redelivery_of, due_lane FROM deliveries WHERE notification_id = $1 AND channel = 'email' ORDER BY round",
    of,
  );
const downs = async (of: string) => (await emails(of)).filter((one) => one["stand_down"] !== null);
/** Has an email that waits taken by its provider; answers what the claim said. */
async function send(of: string, resolving: string[] = [], delivery?: string) {
  const waiting = (await emails(of)).find(({ status }) => status === "queued");
  const claimed = await claim(
    hospital.knex,
    of,
    delivery ?? String(must(waiting, "an email that waits")["id"]),
    [],
    resolving,
  );
  if ("status" in claimed) return claimed;
  await settle(hospital.knex, claimed, {
    status: "accepted",
    reason: null,
    providerId: `p:${claimed.deliveryId}`,
  });
  return claimed;
}
const acknowledge = (person: string, of: string) => act(hospital.knex, person, of, { kind: "acknowledge" });

describe("a stand-down", () => {
  it("goes to whom a channel outside told, once, and never to who acknowledged", async () => {
    const first = await send(id);
    await send(copy);
    await acknowledge("north-boss", copy);
    expect(await downs(id)).toEqual([
      {
        id: expect.any(String),
        status: "queued",
        reason: null,
        stand_down: "taken",
        stand_down_minutes: 120,
        redelivery_of: "deliveryId" in first && first.deliveryId,
        due_lane: "stand_down",
      },
    ]);
    expect(await downs(copy)).toEqual([]);
  });

  it("is told once, though what was taken is resolved too", async () => {
    const alert = await hospital.notify("north-1", { priority: "critical", dedup_key: "freezer-7" });
    await send(alert);
    await change(alert, { next_step_at: new Date() });
    await hospital.escalate(alert);
    const [row] = await hospital.asOwner("SELECT id FROM notifications WHERE escalated_from = $1", alert);
    await acknowledge("north-boss", String(row?.["id"]));
    expect(await downs(alert)).toMatchObject([{ stand_down: "taken" }]);
    const [sent] = await hospital.asOwner("SELECT dedup_hash FROM sends WHERE id = $1", alert);
    await resolve(hospital.knex, hospital.services.north.id, sent?.["dedup_hash"] as Buffer);
    expect(await downs(alert)).toMatchObject([{ stand_down: "taken" }]);
  });

  it("is not planned for whom no channel outside told", async () => {
    await acknowledge("north-boss", copy);
    expect(await downs(id)).toEqual([]);
  });

  it("says how it ended and who took it, by a claim like any other, and is no delivery of the notification", async () => {
    await send(id);
    await acknowledge("north-boss", copy);
    const [down] = await downs(id);
    const claimed = await send(id, [], String(down?.["id"]));
    const [boss] = await hospital.asOwner("SELECT name FROM users WHERE id = 'north-boss'");
    expect(claimed).toMatchObject({
      askedAgain: false,
      asks: false,
      standDown: { how: "taken", by: boss?.["name"], deliveryId: down?.["redelivery_of"] },
    });
    const told = await hospital.asOwner(
      "SELECT status, reason FROM delivery_events WHERE delivery_id = $1 ORDER BY id",
      down?.["id"],
    );
    expect(told.map((one) => one["status"])).toEqual([
      "stand_down_queued",
      "stand_down_claimed",
      "stand_down_accepted",
    ]);
    const record = await hospital.asOwner(
      "SELECT payload->>'stand_down' AS how FROM audit_events WHERE action = 'delivery.attempt' AND payload->>'delivery_id' = $1",
      down?.["id"],
    );
    expect(record).toEqual([{ how: "taken" }]);
  });

  it("is started by the relay under a name of its own, which older nodes don't look for", async () => {
    await send(id);
    await acknowledge("north-boss", copy);
    const found = await claimUnfinished(hospital.knex);
    expect(found).toContainEqual(
      expect.objectContaining({ id, lane: "ordinary", round: expect.any(Number), over: true }),
    );
    const critical = await claimUnfinished(hospital.knex, ["critical"]);
    expect(critical.filter(({ over }) => over === true)).toEqual([]);
  });

  it("does not bring a notification that its provider reports as delivered", async () => {
    await send(id);
    await closeAlert(hospital.knex, "north-boss", id, "over");
    const [down] = await downs(id);
    await send(id, [], String(down?.["id"]));
    await takeReport(hospital.knex, "email", {
      providerId: `p:${down?.["id"]}`,
      deliveryId: null,
      status: "delivered",
      reason: null,
    });
    const [row] = await hospital.asOwner("SELECT status FROM notifications WHERE id = $1", id);
    expect(row).toEqual({ status: "sent" });
    expect((await downs(id))[0]).toMatchObject({ status: "delivered" });
  });

  it("is left out where its person was told too long ago, as the policy says", async () => {
    await send(id);
    await actAs(hospital.knex, `worker:${id}`, (trx) =>
      trx("deliveries")
        .where({ notification_id: id, channel: "email" })
        .update({ updated_at: new Date(Date.now() - 121 * 60_000) }),
    );
    await acknowledge("north-boss", copy);
    expect(await downs(id)).toEqual([]);
  });

  it("is not sent once it is too late for it, nor for what is open again", async () => {
    await send(id);
    await acknowledge("north-boss", copy);
    const [down] = await downs(id);
    await actAs(hospital.knex, `worker:${id}`, (trx) =>
      trx("deliveries")
        .where({ id: down?.["redelivery_of"] })
        .update({ updated_at: new Date(Date.now() - 121 * 60_000) }),
    );
    expect(await send(id, [], String(down?.["id"]))).toMatchObject({ status: "skipped" });
    expect((await downs(id))[0]).toMatchObject({ reason: "outdated" });

    const other = await hospital.notify("north-1", { priority: "critical" });
    await send(other);
    await closeAlert(hospital.knex, "north-boss", other, "over");
    await change(other, { closed_at: null });
    const [again] = await downs(other);
    expect(await send(other, [], String(again?.["id"]))).toMatchObject({ status: "skipped" });
    expect((await downs(other))[0]).toMatchObject({ reason: "not_needed" });
  });

  it.each([
    [30, 40, { status: "skipped", reason: "outdated" }],
    [200, 150, { status: "accepted" }],
  ])("of a copy goes by the alert's policy: within %d minutes, told %d ago", async (minutes, ago, ends) => {
    await actAs(hospital.knex, `worker:${id}`, (trx) =>
      trx("notifications")
        .where({ id })
        .update({
          escalation: trx.raw("escalation || ?::jsonb", [JSON.stringify({ stand_down_minutes: minutes })]),
        }),
    );
    await send(copy);
    await acknowledge("north-1", id);
    const [down] = await downs(copy);
    await actAs(hospital.knex, `worker:${id}`, (trx) =>
      trx("deliveries")
        .where({ id: down?.["redelivery_of"] })
        .update({ updated_at: new Date(Date.now() - ago * 60_000) }),
    );
    await send(copy, [], String(down?.["id"]));
    expect(await downs(copy)).toMatchObject([ends]);
  });

  it("goes to nobody who was disabled or left the territory since, but to a channel that ends what it began", async () => {
    const other = await hospital.notify("north-1", { priority: "critical" });
    await send(id);
    await send(other, ["email"]);
    for (const one of [id, other]) await closeAlert(hospital.knex, "north-boss", one, "over");
    const active = (is: boolean) =>
      actAs(hospital.knex, "setup", (trx) =>
        trx("memberships").where({ user_id: "north-1" }).update({ active: is }),
      );
    await active(false);
    expect(await send(id)).toMatchObject({ status: "skipped" });
    const ended = await send(other);
    await active(true);
    expect((await downs(id))[0]).toMatchObject({ reason: "not_reachable" });
    expect(ended).toMatchObject({ standDown: { how: "closed" } });
  });

  it("waits for what it ends, where that is on its way", async () => {
    const [email] = await emails(id);
    const claimed = await claim(hospital.knex, id, String(email?.["id"]), []);
    if ("status" in claimed) throw new Error(claimed.status);
    await acknowledge("north-boss", copy);
    const [down] = await downs(id);
    expect(await claim(hospital.knex, id, String(down?.["id"]), [])).toMatchObject({
      status: "queued",
      held: true,
      retryAfterMs: expect.any(Number),
    });
  });

  it("is told to a channel that ends what it began for everybody, and alone where the time is over", async () => {
    await send(id, ["email"]);
    await send(copy, ["email"]);
    await acknowledge("north-boss", copy);
    expect(await downs(copy)).toMatchObject([{ stand_down: "taken" }]);
    expect(await downs(id)).toMatchObject([{ stand_down: "taken" }]);

    const [plain, resolving] = [
      await hospital.notify("north-1", { priority: "critical" }),
      await hospital.notify("north-1", { priority: "critical" }),
    ];
    await send(plain);
    await send(resolving, ["email"]);
    for (const one of [plain, resolving]) {
      await change(one, { expires_at: new Date(Date.now() - 1) });
      await expire(hospital.knex, one);
    }
    expect(await downs(plain)).toEqual([]);
    expect(await downs(resolving)).toMatchObject([{ stand_down: "expired" }]);
  });

  it.each([
    [30, 60, []],
    [200, 150, [{ stand_down: "cancelled", stand_down_minutes: 200 }]],
  ])(
    "of a broadcast that was withdrawn goes by its alert's rules, for its people and for whom a step told: within %d minutes, told %d ago",
    async (minutes, ago, planned) => {
      const broadcast = await hospital.broadcast({
        territory_id: "north",
        role: "clinician",
        priority: "critical",
      });
      await hospital.page(broadcast);
      await change(broadcast, { next_step_at: new Date() });
      await hospital.escalate(broadcast);
      const told = await hospital.asOwner(
        "SELECT id, user_id FROM notifications WHERE send_id = $1 AND user_id IN ('north-1', 'north-boss') ORDER BY user_id",
        broadcast,
      );
      expect(told.map(({ user_id }) => user_id)).toEqual(["north-1", "north-boss"]);
      for (const { id: one } of told) await send(String(one));
      await actAs(hospital.knex, `worker:${broadcast}`, async (trx) => {
        await trx("deliveries")
          .whereIn(
            "notification_id",
            told.map((one) => String(one["id"])),
          )
          .andWhere({ channel: "email" })
          .update({ updated_at: new Date(Date.now() - ago * 60_000) });
        await trx("notifications")
          .where({ id: broadcast })
          .update({
            escalation: trx.raw("escalation || ?::jsonb", [JSON.stringify({ stand_down_minutes: minutes })]),
          });
      });
      await cancelBroadcast(hospital.knex, hospital.services.north.id, broadcast, () => undefined);
      for (const { id: one } of told) expect(await downs(String(one))).toMatchObject(planned);
    },
  );

  it("of a broadcast's recipient who acknowledged their own, or whose time is over, goes by its alert's rules", async () => {
    const broadcast = await hospital.broadcast({
      territory_id: "north",
      role: "clinician",
      priority: "critical",
    });
    await hospital.page(broadcast);
    await actAs(hospital.knex, `worker:${broadcast}`, (trx) =>
      trx("notifications")
        .where({ id: broadcast })
        .update({ escalation: trx.raw(`escalation || '{"stand_down_minutes": 30}'`) }),
    );
    const own = await hospital.asOwner(
      "SELECT id, user_id FROM notifications WHERE send_id = $1 AND user_id IN ('north-1', 'north-2') ORDER BY user_id",
      broadcast,
    );
    const [mine, theirs] = own.map((one) => String(one["id"]));
    for (const one of [must(mine, "own"), must(theirs, "own")]) await send(one, ["email"]);
    await acknowledge("north-1", must(mine, "own"));
    await change(must(theirs, "own"), { expires_at: new Date(Date.now() - 1) });
    await expire(hospital.knex, must(theirs, "own"));
    expect(await downs(must(mine, "own"))).toMatchObject([{ stand_down: "taken", stand_down_minutes: 30 }]);
    expect(await downs(must(theirs, "own"))).toMatchObject([
      { stand_down: "expired", stand_down_minutes: 30 },
    ]);
  });

  it("tells a broadcast's people that it was withdrawn", async () => {
    const broadcast = await hospital.broadcast({ territory_id: "north", role: "clinician" });
    await hospital.page(broadcast);
    const [own] = await hospital.asOwner(
      "SELECT id FROM notifications WHERE send_id = $1 AND user_id = 'north-1'",
      broadcast,
    );
    const one = String(own?.["id"]);
    await send(one);
    await cancelBroadcast(hospital.knex, hospital.services.north.id, broadcast, () => undefined);
    expect(await downs(one)).toMatchObject([{ stand_down: "cancelled" }]);
    expect(await send(one)).toMatchObject({ standDown: { how: "cancelled", by: null } });
  });
});
