import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { must } from "../../config/must.ts";
import { readState } from "../../store/notifications/state.ts";
import { receive } from "../../store/transitions/receive.ts";
import { as, type Caller } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { UnansweredList } from "./schema.ts";

let hospital: Hospital;
let server: TestServer;
/** A critical notification of north-1. */
let id: string;

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital);
});
beforeEach(async () => {
  id = await hospital.notify("north-1", { priority: "critical" });
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const boss = (): Caller => as(hospital.people.northBoss);
const listFor = async (caller: Caller, query = "") =>
  (await server.get(`/api/unanswered${query}`, caller)).read(UnansweredList);
const ids = async (caller: Caller, query = ""): Promise<string[]> =>
  (await listFor(caller, query)).unanswered.map(({ notification_id }) => notification_id);
const own = async () => (await listFor(boss())).unanswered.find((one) => one.notification_id === id);
/** Its rules have one step, which is due; the last resort comes after it. */
const step = async (): Promise<void> => {
  await hospital.takeStep(id);
};

describe("what nobody has acknowledged", () => {
  it("is unreached until somebody of its family has seen it, then waits, and is exhausted after the last step", async () => {
    expect(await own()).toMatchObject({
      state: "unreached",
      steps: 0,
      name: "north-1",
      told: [{ user_id: "north-1", name: "north-1", seen: false, acknowledged: false }],
    });
    const [row] = await hospital.asOwner("SELECT seq FROM notifications WHERE id = $1", id);
    const seq = Number(row?.["seq"]);
    await receive(hospital.knex, "north-1", { after: seq - 1, to: seq }, { after: seq - 1, to: seq });
    expect(await own()).toMatchObject({ state: "waiting", told: [{ user_id: "north-1", seen: true }] });
    for (let n = 0; n < 10 && (await own())?.state === "waiting"; n += 1) await step();
    expect(await own()).toMatchObject({ state: "exhausted", told: [{}, { user_id: "north-boss" }] });
    expect(await ids(boss(), "?state=exhausted")).toContain(id);
    expect(await ids(boss(), "?state=waiting")).not.toContain(id);
  });

  it("is listed no more once somebody acknowledged", async () => {
    expect(await ids(boss())).toContain(id);
    await server.post(`/api/notifications/${id}/acknowledge`, undefined, as(hospital.people.north1));
    expect(await ids(boss())).not.toContain(id);
  });

  it("is for supervisors of its territory, and for administrators by ids and counts", async () => {
    const { south1, southBoss, north1, admin } = hospital.people;
    expect(await ids(boss(), "?territory=north")).toContain(id);
    expect(await ids(as(admin))).toContain(id);
    expect((await listFor(as(admin))).counts).toMatchObject([{ territory_id: "north" }]);
    for (const query of ["", "?territory=north"]) {
      expect(await ids(as(southBoss), query)).toEqual([]);
      expect((await listFor(as(southBoss), query)).counts).toEqual([]);
    }
    for (const person of [north1, south1])
      expect((await server.get("/api/unanswered", as(person))).status).toBe(403);
  });

  it("is counted by its state in each territory", async () => {
    const counted = async () => (await listFor(boss())).counts[0];
    const before = await counted();
    await hospital.notify("north-2", { priority: "critical" });
    expect(await counted()).toEqual({ ...before, unreached: (before?.unreached ?? 0) + 1 });
    const [row] = await hospital.asOwner("SELECT seq FROM notifications WHERE id = $1", id);
    const seq = Number(row?.["seq"]);
    await receive(hospital.knex, "north-1", { after: seq - 1, to: seq }, { after: seq - 1, to: seq });
    id = await hospital.notify("north-2", { priority: "critical" });
    for (let n = 0; n < 10 && (await own())?.state !== "exhausted"; n += 1) await step();
    const { territory_id, ...counts } = { ...must(await counted(), "counts") };
    expect(territory_id).toBe("north");
    expect(Object.values(counts).every((count) => count > 0)).toBe(true);
    // So many the gauges show, of all territories.
    expect((await readState(hospital.knex)).unanswered).toEqual(counts);
  });

  it("is ended by a supervisor with a reason, and by nobody else", async () => {
    const close = async (by: Caller, reason: unknown) =>
      (await server.post(`/api/unanswered/${id}/close`, { reason }, by)).status;
    expect(await close(boss(), " ")).toBe(422);
    expect(await close(as(hospital.people.north1), "seen to")).toBe(403);
    expect(await close(as(hospital.people.southBoss), "seen to")).toBe(404);
    expect(await ids(boss())).toContain(id);
    expect(await close(boss(), "Jane Whitfield, MRN 00482913, was seen to")).toBe(204);
    expect(await ids(boss())).not.toContain(id);
    expect(await close(boss(), "seen to")).toBe(404);
    const [kept] = await hospital.asOwner(
      "SELECT closed_by, closed_reason FROM notifications WHERE id = $1",
      id,
    );
    expect(kept).toEqual({ closed_by: "north-boss", closed_reason: "[NAME], MRN [MRN], was seen to" });
    const timeline = async (by: Caller): Promise<unknown> =>
      (await server.get(`/api/notifications/${id}/deliveries`, by)).body;
    const closed = { by: "north-boss", reason: "[NAME], MRN [MRN], was seen to" };
    expect(await timeline(boss())).toMatchObject({ closed });
    expect(await timeline(as(hospital.people.north1))).not.toHaveProperty("closed");
    const denied = await hospital.asOwner(
      "SELECT actor, payload->'status' AS status FROM audit_events WHERE action = 'notification.close' AND outcome = 'denied' AND object_id = $1 ORDER BY id",
      id,
    );
    expect(denied.map(({ actor, status }) => [actor, status])).toEqual([
      ["user:north-boss", 422],
      ["user:north-1", 403],
      ["user:south-boss", 404],
      ["user:north-boss", 404],
    ]);
  });
});
