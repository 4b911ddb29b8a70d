import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { connected } from "../../testing/database-admin.ts";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aSend } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";

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

it("calls whose connection to PostgreSQL is cut get 503 with Retry-After, and the next ones their answers", async () => {
  const { north1, admin } = hospital.people;
  const send = aSend({ user_id: "north-1", territory_id: "north" });
  await server.get("/api/notifications", as(north1));
  await server.get("/api/users", as(admin));
  const answers: [number, string | null][] = [];
  let cut = 0;
  const call = async (): Promise<void> => {
    while (cut < 8) {
      for (const answer of await Promise.all([
        server.get("/api/notifications", as(north1)),
        server.get("/api/users", as(admin)),
        server.post("/api/notifications/send", send, as(hospital.services.north)),
      ]))
        if (answer.status !== 429) answers.push([answer.status, answer.headers.get("retry-after")]);
    }
  };
  const cutting = connected(inject("databaseUrl"), async (owner) => {
    while (cut < 8) {
      await owner.query("SELECT pg_sleep(0.05)");
      await owner.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = $1`,
        [hospital.database],
      );
      cut++;
    }
  });
  await Promise.all([cutting, call(), call(), call()]);
  const statuses = new Set(answers.map(([status]) => status));
  expect(statuses).toContain(503);
  // On a slow machine every send may have been cut: there need not be a 202 among them.
  expect([...statuses].filter((status) => ![200, 202, 503].includes(status))).toEqual([]);
  expect(answers.filter(([status, after]) => status === 503 && after === null)).toEqual([]);
  await expect.poll(async () => (await server.get("/api/users", as(admin))).status).toBe(200);
  await expect
    .poll(
      async () => (await server.post("/api/notifications/send", send, as(hospital.services.north))).status,
    )
    .toBe(202);
});
