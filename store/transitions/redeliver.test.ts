import { afterAll, beforeAll, expect, it } from "vitest";
import type { Priority } from "../../channels/contract.ts";
import { must } from "../../config/must.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aContactPoint } from "../../testing/nouns.ts";
import { actAs } from "../db/knex.ts";
import { act } from "./act.ts";
import { roundLeft } from "./arrive.ts";
import { redeliver } from "./redeliver.ts";

let hospital: Hospital;
beforeAll(async () => {
  hospital = await createHospital({ channels: ["websocket", "email"] });
  await aContactPoint(hospital, { person: "north-1", channel: "email", address: "north-1@example.org" });
});
afterAll(() => hospital.close());

it("tells an open page of another live round by a change of the notification, unless it was acknowledged", async () => {
  const id = await hospital.notify("north-1", { priority: "critical" });
  const row = async () => {
    const [found] = await hospital.asOwner("SELECT seq, told_again_at FROM notifications WHERE id = $1", id);
    return must(found, "notification");
  };
  const again = async () => {
    const owner = await hospital.owner("deliveries");
    const { rows } = await owner.query(
      "UPDATE deliveries SET status = 'delivered' WHERE notification_id = $1 AND channel = 'websocket' RETURNING id",
      [id],
    );
    return await redeliver(hospital.knex, "north-boss", rows[0].id, ["websocket"]);
  };
  const before = await row();
  expect(before).toMatchObject({ told_again_at: null });
  expect(await again()).toMatchObject({ kind: "done" });
  const told = await row();
  expect(told).toEqual({ seq: expect.anything(), told_again_at: expect.any(Date) });
  expect(Number(told["seq"])).toBe(Number(before["seq"]) + 1);
  await act(hospital.knex, "north-1", id, { kind: "acknowledge" });
  const taken = await row();
  expect(await again()).toMatchObject({ kind: "done" });
  expect(await row()).toEqual(taken);
});

it.each<[Priority, object]>([
  ["critical", { besideMs: 40_000, besideLiveMs: 40_000 }],
  ["normal", { besideMs: 60_000, besideLiveMs: null }],
])(
  "a %s one's channels take their turns as in every round, by the territory's time",
  async (priority, times) => {
    await actAs(hospital.knex, "user:admin", (trx) =>
      trx("territories")
        .where({ id: "north" })
        .update({ settings: { takeover_seconds: 40 } }),
    );
    const id = await hospital.notify("north-1", { priority });
    const owner = await hospital.owner("deliveries");
    const { rows } = await owner.query(
      "UPDATE deliveries SET status = 'failed' WHERE notification_id = $1 RETURNING id, channel",
      [id],
    );
    const email = rows.find(({ channel }: { channel: string }) => channel === "email");
    const again = await redeliver(hospital.knex, "north-boss", email.id, ["email"]);
    if (again.kind !== "done") throw new Error(again.kind);
    const { id: deliveryId, round } = again.delivery;
    expect(await roundLeft(hospital.knex, id, round)).toEqual([
      { notificationId: id, deliveries: [{ deliveryId, channel: "email" }], firstMs: 0, ...times },
    ]);
    // The first round is the notification's own.
    expect(await roundLeft(hospital.knex, id, 0)).toEqual([]);
  },
);
