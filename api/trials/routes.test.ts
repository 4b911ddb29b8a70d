import { afterAll, beforeAll, expect, it } from "vitest";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { Trial } from "./schema.ts";

let hospital: Hospital;
let server: TestServer;
beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital);
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

it("takes in a test to oneself by the live channel alone, and says which parts answered", async () => {
  const { northBoss } = hospital.people;
  const answer = await server.post("/api/diagnostics/trials", {}, as(northBoss));
  expect(answer.status).toBe(202);
  const trial = answer.read(Trial);
  expect(trial.bus).toMatchObject({ state: "not_configured" });
  // This server has no Temporal.
  expect(trial.temporal).toEqual({ state: "down", ms: null });
  const owner = await hospital.owner("sends");
  const { rows } = await owner.query(
    "SELECT user_id, channels, priority, expires_at < now() + interval '11 minutes' AS expires FROM sends WHERE id = $1",
    [trial.notification_id],
  );
  expect(rows).toEqual([{ user_id: northBoss.id, channels: ["websocket"], priority: "high", expires: true }]);
});

it("refuses those who have no inbox, and more than six a minute", async () => {
  const { admin, southBoss } = hospital.people;
  expect((await server.post("/api/diagnostics/trials", {}, as(admin))).status).toBe(403);
  const statuses: number[] = [];
  for (let n = 0; n < 7; n += 1)
    statuses.push((await server.post("/api/diagnostics/trials", {}, as(southBoss))).status);
  expect(statuses).toEqual([...Array.from({ length: 6 }, () => 202), 429]);
});
