import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KeyWithSecret } from "../keys/schema.ts";
import { BroadcastSent, BulkSent, Sent } from "./schema.ts";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aSend, aService, type TestService } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";

let hospital: Hospital;
let server: TestServer;
let wide: TestService;
/** A key of the same service that is good for the south alone. */
let narrow: { key: string };

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital);
  wide = await aService(hospital, { territories: ["north", "south"] });
  narrow = { key: await aKeyOf(wide.id, ["south"]) };
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

async function aKeyOf(service_id: string, territory_ids: string[]): Promise<string> {
  const body = { service_id, territory_ids };
  const answer = await server.post("/api/keys", body, as(hospital.people.admin));
  return answer.read(KeyWithSecret).key;
}
const send = async (user_id: string, territory_id: string): Promise<string> =>
  (await server.post("/api/notifications/send", aSend({ user_id, territory_id }), { key: wide.key })).read(
    Sent,
  ).notification_id;

describe("a key reaches what lies in its territories alone", () => {
  it("sees and cancels there what another key of its service sent", async () => {
    const id = await send("south-1", "south");
    expect((await server.get(`/api/notifications/${id}/deliveries`, narrow)).status).toBe(200);
    expect((await server.post(`/api/notifications/${id}/cancel`, {}, narrow)).status).toBe(200);
  });

  it("finds nothing elsewhere, before and after it arrived", async () => {
    const id = await send("north-1", "north");
    const tries = async () => [
      (await server.get(`/api/notifications/${id}/deliveries`, narrow)).status,
      (await server.post(`/api/notifications/${id}/cancel`, {}, narrow)).status,
    ];
    expect(await tries()).toEqual([404, 404]);
    await hospital.persist(id);
    expect(await tries()).toEqual([404, 404]);
    const refused = await hospital.asOwner(
      "SELECT action, payload->'status' AS status FROM audit_events WHERE outcome = 'denied' AND object_id = $1",
      id,
    );
    expect(refused).toEqual([
      { action: "notification.cancel", status: 404 },
      { action: "notification.cancel", status: 404 },
    ]);
    expect((await server.get(`/api/notifications/${id}/deliveries`, { key: wide.key })).status).toBe(200);
  });

  it("finds no broadcast elsewhere", async () => {
    const progress = async (territory_id: string) => {
      const body = { territory_id, message: "x" };
      const sent = await server.post("/api/notifications/broadcast", body, { key: wide.key });
      const { broadcast_id } = sent.read(BroadcastSent);
      const found = (await server.get(`/api/broadcasts/${broadcast_id}`, narrow)).status;
      const cancelled = (await server.post(`/api/broadcasts/${broadcast_id}/cancel`, {}, narrow)).status;
      const refused = await hospital.asOwner(
        "SELECT action FROM audit_events WHERE outcome = 'denied' AND object_id = $1",
        broadcast_id,
      );
      return [found, cancelled, refused.map(({ action }) => action)];
    };
    expect(await progress("south")).toEqual([200, 200, []]);
    expect(await progress("north")).toEqual([404, 404, ["broadcast.cancel"]]);
  });
});

describe("in bulk", () => {
  const bulk = (notifications: object[], to = server, by = as(hospital.services.north)) =>
    to.post("/api/notifications/send-bulk", { notifications }, by);
  const good = aSend({ user_id: "north-1", territory_id: "north" });
  const recorded = async (service: TestService, action: string) => {
    const rows = await hospital.asOwner(
      "SELECT payload FROM audit_events WHERE action = $1 AND outcome = 'denied' AND actor = $2 ORDER BY id",
      action,
      `service:${service.id}`,
    );
    return rows.map(({ payload }) => payload);
  };

  it("puts each refusal on record, with its place", async () => {
    const items = [
      good,
      { ...good, territory_id: "south" },
      { ...good, user_id: "nobody" },
      good,
      { priorty: 1 },
    ];
    expect((await bulk(items)).read(BulkSent).results).toHaveLength(5);
    expect(await recorded(hospital.services.north, "notification.send")).toEqual([
      { status: 403, problem: "forbidden", item: 1 },
      { status: 422, problem: "invalid", item: 2 },
      { status: 422, problem: "invalid", item: 4 },
    ]);
  });

  it("counts items by key, over a minute, and puts on record that it refused", async () => {
    const strict = await startServer(hospital, { RATE_SENDS_PER_SECOND: "1" });
    const { south } = hospital.services;
    const send = aSend({ user_id: "south-1", territory_id: "south" });
    const all = Array.from({ length: 60 }, () => send);
    expect((await bulk(all, strict, as(south))).status).toBe(202);
    // Calls are counted by the second: a longer wait is that of the items.
    const wait = async () => Number((await bulk([send], strict, as(south))).headers.get("retry-after"));
    await expect.poll(wait).toBeGreaterThan(2);
    const alone = async () => (await strict.post("/api/notifications/send", send, as(south))).status;
    await expect.poll(alone).toBe(202);
    expect(await recorded(south, "service.throttle")).toContainEqual({ key_id: south.keyId, status: 429 });
    await strict.stop();
  });
});
