import { afterAll, beforeAll, expect, test } from "vitest";
import { as } from "./calls.ts";
import { createHospital, type Hospital } from "./hospital.ts";
import { startServer, type TestServer } from "./server.ts";

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

test("it serves under a login that row-level security binds", async () => {
  const { rows } = await hospital.knex.raw(
    `SELECT rolsuper, rolbypassrls, rolcreaterole, pg_get_userbyid(relowner) = current_user AS owns
       FROM pg_roles, pg_class WHERE rolname = current_user AND relname = 'sends'`,
  );
  expect(rows).toEqual([{ rolsuper: false, rolbypassrls: false, rolcreaterole: false, owns: false }]);
});

test("whoever calls is who they say: a person by a session of their own, a service by its key", async () => {
  const { north1, admin } = hospital.people;
  expect((await server.get("/api/users", as(admin))).status).toBe(200);
  expect((await server.get("/api/users", as(north1))).status).toBe(403);
  expect((await server.get("/api/users")).status).toBe(401);
  expect((await server.post("/api/notifications/send", {}, as(hospital.services.north))).status).toBe(422);
  expect((await server.post("/api/notifications/send", {})).status).toBe(401);
});
