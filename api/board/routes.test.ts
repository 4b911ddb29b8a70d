import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { actAs } from "../../store/db/knex.ts";
import { as, type Caller } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { Board } from "./schema.ts";

let hospital: Hospital;
let server: TestServer;
/** A critical notification to north-1. */
let id: string;

beforeAll(async () => {
  hospital = await createHospital();
  await actAs(hospital.knex, "setup", async (trx) => {
    await trx("users").where({ id: "north-1" }).update({ name: "Dr North" });
    await trx("users").where({ id: "north-boss" }).update({ name: "Sister North" });
  });
  server = await startServer(hospital);
});
beforeEach(async () => {
  id = await hospital.notify("north-1", { priority: "critical", message: "Jane Whitfield, K+ 6.8" });
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const boss = (): Caller => as(hospital.people.northBoss);
const readFor = async (caller: Caller, query = "") =>
  (await server.get(`/api/board${query}`, caller)).read(Board);
const own = async (by = boss()) =>
  (await readFor(by)).alerts.find(({ notification_id }) => notification_id === id);
const step = async (): Promise<void> => {
  await hospital.takeStep(id);
};

describe("the board", () => {
  it("shows what waits, redacted, by names, and whom the next step tells", async () => {
    const board = await readFor(boss());
    expect(board.territories).toEqual([{ territory_id: "north", name: "north" }]);
    const alert = await own();
    expect(alert).toMatchObject({
      recipient: { user_id: "north-1", name: "Dr North" },
      message: "[NAME], K+ 6.8",
      state: "unreached",
      told: [{ name: "Dr North", seen: false, acknowledged: false, declined: false }],
      told_count: 1,
      seen_count: 0,
      next: {
        number: 1,
        total: 1,
        last_resort: false,
        whom: "supervisor",
        role: null,
        count: 1,
        channels: null,
      },
    });
    expect(alert?.next.people).toEqual([{ user_id: "north-boss", name: "Sister North" }]);
    // The steps come by PostgreSQL's clock, and so does the board's time.
    expect(Date.parse(alert?.next.at ?? "")).toBeGreaterThan(Date.parse(board.at));
  });

  it("counts whom a step tells now: a new supervisor, and none who declined", async () => {
    await aPerson(hospital, { id: "north-deputy", territory: "north", role: "supervisor" });
    expect((await own())?.next).toMatchObject({ whom: "supervisor", count: 2 });
    await step();
    const after = await own();
    expect(after).toMatchObject({ told_count: 3, next: { last_resort: true, number: 2, total: 1 } });
    await server.post(
      `/api/notifications/${id}/decline`,
      { reason: "In theatre" },
      as(hospital.people.north1),
    );
    expect((await own())?.told).toContainEqual(expect.objectContaining({ name: "Dr North", declined: true }));
  });

  it("shows an alert no more once somebody acknowledged it", async () => {
    expect(await own()).toBeDefined();
    await server.post(`/api/notifications/${id}/acknowledge`, undefined, as(hospital.people.north1));
    expect(await own()).toBeUndefined();
  });

  it("answers 304 to who has it already, until something changes", async () => {
    const first = await server.get("/api/board", boss());
    const etag = first.headers.get("etag") ?? "";
    const again = () => server.get("/api/board", boss(), { "If-None-Match": etag });
    const same = await again();
    expect([same.status, same.text, same.headers.get("etag")]).toEqual([304, "", etag]);
    await hospital.notify("north-2", { priority: "critical" });
    expect((await again()).status).toBe(200);
  });

  it("is for supervisors, each of their own territories", async () => {
    const { southBoss, north1, admin, auditor } = hospital.people;
    expect(await own(as(southBoss))).toBeUndefined();
    expect((await server.get("/api/board?territory=north", as(southBoss))).status).toBe(403);
    expect((await readFor(boss(), "?territory=north")).alerts.length).toBeGreaterThan(0);
    for (const person of [north1, admin, auditor])
      expect((await server.get("/api/board", as(person))).status).toBe(403);
    expect((await server.get("/api/board")).status).toBe(401);
  });
});
