import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Original, RevealReasons } from "./schema.ts";
import { ProblemDocument } from "../http/problem-schema.ts";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { startServer, type TestServer } from "../../testing/server.ts";

const REASONS = ["Treatment", "Call back"];

let hospital: Hospital;
let server: TestServer;

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital, { RATE_REVEALS_PER_HOUR: "3" });
  await setReasons("north", REASONS);
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

async function setReasons(territory: string, reveal_reasons: string[] | null): Promise<void> {
  const body = { settings: { reveal_reasons } };
  const { status } = await server.patch(`/api/territories/${territory}`, body, as(hospital.people.admin));
  expect(status).toBe(200);
}
const reveal = (id: string, by: { id: string }, body?: object) =>
  server.post(`/api/notifications/${id}/reveal`, body, as(by));
const recorded = async (objectId: string) =>
  (
    await hospital.asOwner(
      "SELECT action, outcome, payload FROM audit_events WHERE object_id = $1 AND action LIKE '%reveal%' ORDER BY id",
      objectId,
    )
  ).map(({ action, outcome, payload }) => [action, outcome, payload]);

describe("a territory's reasons to reveal", () => {
  it("are asked for, and the one that is given goes on record", async () => {
    const { north1, north2 } = hospital.people;
    const id = await hospital.notify(north1.id);
    const asked = await server.get(`/api/notifications/${id}/reveal`, as(north1));
    expect(asked.read(RevealReasons).reasons).toEqual(REASONS);
    for (const body of [undefined, {}, { reason: "Curiosity" }, { reason: "treatment" }]) {
      const refused = await reveal(id, north1, body);
      expect(refused.status).toBe(422);
      expect(refused.read(ProblemDocument).errors).toEqual([
        { path: "/reason", message: "must be one of: Treatment; Call back" },
      ]);
    }
    expect((await reveal(id, north1, { reason: "Call back" })).read(Original).message).toBe("Potassium 6.8");
    expect(await recorded(id)).toEqual([["notification.reveal", "ok", { stated: "Call back" }]]);
    expect((await server.get(`/api/notifications/${id}/reveal`, as(north2))).status).toBe(404);
    expect((await reveal(id, north2, { reason: "Call back" })).status).toBe(404);
  });

  it("are not asked for where it has none: a call without a body is enough", async () => {
    const { south1 } = hospital.people;
    const id = await hospital.notify(south1.id);
    const asked = await server.get(`/api/notifications/${id}/reveal`, as(south1));
    expect(asked.read(RevealReasons).reasons).toEqual([]);
    expect((await reveal(id, south1)).status).toBe(200);
    expect((await reveal(id, south1, { reason: "Treatment" })).status).toBe(422);
    await setReasons("south", ["Treatment"]);
    expect((await reveal(id, south1)).status).toBe(422);
    await setReasons("south", null);
    expect((await reveal(id, south1, {})).status).toBe(200);
  });
});

it("whoever reads many originals in an hour is let through, once on record, in the log and in the metrics", async () => {
  const { northBoss } = hospital.people;
  const id = await hospital.notify(northBoss.id);
  for (let i = 0; i < 6; i++) expect((await reveal(id, northBoss, { reason: "Treatment" })).status).toBe(200);
  expect(await recorded(northBoss.id)).toEqual([["notification.reveal_often", "ok", {}]]);
  expect(server.lines.filter((line) => line.includes("reads many originals"))).toHaveLength(1);
  expect((await server.get("/metrics")).text).toContain("tocsin_reveals_over_rate_total 1");
});
