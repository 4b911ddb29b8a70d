import type { z } from "zod";
import { afterAll, beforeAll, expect, it } from "vitest";
import { must } from "../../config/must.ts";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aContactPoint } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { DeliveryList, type HistoryDelivery } from "./schema.ts";

let hospital: Hospital;
let server: TestServer;
/** Notifications: an ordinary one, an alert that waits, and one that was acknowledged after 90 s. */
let ordinary: string;
let waiting: string;
let taken: string;

beforeAll(async () => {
  hospital = await createHospital({ channels: ["websocket", "email"] });
  server = await startServer(hospital);
  await aContactPoint(hospital, { person: "north-1", channel: "email", address: "one@north.example" });
  ordinary = await hospital.notify("north-2", { category: "order_update" });
  waiting = await hospital.notify("north-1", { priority: "critical", category: "patient_alert" });
  taken = await hospital.notify("north-1", { priority: "critical", category: "patient_alert" });
  await server.post(`/api/notifications/${taken}/acknowledge`, undefined, as(hospital.people.north1));
  await change(
    "UPDATE notifications SET acknowledged_at = created_at + interval '90 seconds' WHERE id = $1",
    taken,
  );
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const change = async (sql: string, ...values: unknown[]): Promise<void> => {
  await (await hospital.owner("notifications", "deliveries")).query(sql, values);
};
const list = async (query: string, person = hospital.people.northBoss): Promise<HistoryDelivery[]> =>
  (await server.get(`/api/deliveries?${query}`, as(person))).read(DeliveryList).deliveries;
const notifications = async (query: string): Promise<Set<string>> =>
  new Set((await list(query)).map(({ notification_id }) => notification_id));

it("finds deliveries by recipient, category, priority, acknowledgement and id", async () => {
  for (const [query, found] of [
    ["", [ordinary, waiting, taken]],
    ["recipient=north-1", [waiting, taken]],
    ["recipient=north-2", [ordinary]],
    ["recipient=south-1", []],
    ["category=order_update", [ordinary]],
    ["priority=critical", [waiting, taken]],
    ["acknowledged=yes", [taken]],
    // An ordinary one asks nobody to acknowledge it.
    ["acknowledged=no", [waiting]],
    ["recipient=north-1&acknowledged=no&priority=critical&category=patient_alert", [waiting]],
    [`id=${waiting}`, [waiting]],
    ["id=0192f0c1-7a00-7000-8000-000000000001", []],
  ] as const)
    expect(await notifications(query), query).toEqual(new Set(found));
  const [one] = await list(`id=${waiting}`);
  expect(await list(`id=${must(one, "delivery").delivery_id}`)).toEqual([one]);
  expect(await list(`id=${waiting}`, hospital.people.southBoss)).toEqual([]);
  for (const query of ["id=north-1", "acknowledged=maybe", "priority=loud", "category=other"])
    expect((await server.get(`/api/deliveries?${query}`, as(hospital.people.northBoss))).status, query).toBe(
      422,
    );
});

it("says whose it is, and after how many seconds somebody acknowledged it", async () => {
  const [alert] = await list(`id=${taken}`);
  expect(alert).toMatchObject({ user_id: "north-1", name: "north-1", acknowledged_after: 90, waits: false });
  expect((await list(`id=${waiting}`))[0]).toMatchObject({ acknowledged_after: null, waits: true });
  expect((await list(`id=${ordinary}`))[0]).toMatchObject({ acknowledged_after: null, waits: false });
});

it("offers another delivery only where it makes sense", async () => {
  const [delivery] = (await list(`id=${ordinary}`)).filter(({ channel }) => channel === "websocket");
  const { delivery_id } = must(delivery, "delivery");
  const offered = async (status: string, reason: string | null): Promise<boolean> => {
    await change("UPDATE deliveries SET status = $2, reason = $3 WHERE id = $1", delivery_id, status, reason);
    return must((await list(`id=${delivery_id}`))[0], "delivery").redeliverable;
  };
  for (const [status, reason, wanted] of [
    ["failed", "unreachable", true],
    ["unknown", "worker_lost", true],
    ["accepted", null, true],
    ["skipped", "preference", true],
    ["skipped", "offline", false],
    ["skipped", "no_address", false],
    ["skipped", "not_needed", false],
    ["delivered", null, false],
    ["queued", null, false],
    ["claimed", null, false],
  ] as const)
    expect(await offered(status, reason), `${status} ${reason ?? ""}`).toBe(wanted);

  const [page] = (await list(`id=${waiting}`)).filter(({ channel }) => channel === "websocket");
  const ended = must(page, "delivery").delivery_id;
  await change("UPDATE deliveries SET status = 'delivered', reason = NULL WHERE id = $1", ended);
  // It arrived, and still nobody has acknowledged it.
  expect((await list(`id=${ended}`))[0]?.redeliverable).toBe(true);
  // Another one by the same channel came after it.
  await change(
    `INSERT INTO deliveries SELECT (jsonb_populate_record(deliveries, jsonb_build_object('id', gen_random_uuid(), 'round', round + 1))).*
     FROM deliveries WHERE id = $1`,
    ended,
  );
  expect((await list(`id=${ended}`))[0]?.redeliverable).toBe(false);
  for (const { redeliverable, status } of await list(`id=${taken}`))
    expect(redeliverable, status).toBe(false);
});

it("is listed whole, page by page, though many were planned in one transaction", async () => {
  const ids = [];
  for (let n = 0; n < 3; n += 1) ids.push(await hospital.notify("south-1"));
  // PostgreSQL's time has microseconds.
  await change(
    "UPDATE deliveries SET created_at = date_trunc('second', now()) + interval '123456 microseconds' WHERE notification_id = ANY ($1)",
    ids,
  );
  const seen: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const path = `/api/deliveries?territory=south&limit=2${cursor && `&cursor=${cursor}`}`;
    const page: z.output<typeof DeliveryList> = (await server.get(path, as(hospital.people.southBoss))).read(
      DeliveryList,
    );
    seen.push(...page.deliveries.map(({ delivery_id }) => delivery_id));
    cursor = page.next;
  }
  expect(seen).toHaveLength(6);
  expect(new Set(seen).size).toBe(6);
});
