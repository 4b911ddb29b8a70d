import { afterAll, beforeAll, expect, it } from "vitest";
import { as, type Method } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
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

it.each<[Method, string, number, (keyof Hospital["people"])?]>([
  ["GET", "/api/notifications", 200, "north1"],
  ["GET", "/api/deliveries", 200, "northBoss"],
  ["GET", "/api/users", 200, "admin"],
  ["GET", "/api/audit", 200, "auditor"],
  ["GET", "/api/openapi.json", 200],
  ["GET", "/healthz", 200],
  ["GET", "/api/notifications", 401],
  ["GET", "/api/users", 403, "north1"],
  ["GET", "/api/nothing", 404],
  ["DELETE", "/api/notifications", 405, "north1"],
  ["POST", "/api/realtime/tickets", 201, "north1"],
])("no cache keeps the answer to %s %s: %i", async (method, path, status, who) => {
  const answer = await server.call(
    method,
    path,
    undefined,
    who === undefined ? undefined : as(hospital.people[who]),
  );
  expect(answer.headers.get("cache-control")).toBe("no-store");
});
