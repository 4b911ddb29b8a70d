import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, expect, it } from "vitest";
import { actAs } from "../../store/db/knex.ts";
import { countFailure, isDue } from "../../store/notifications/troubles.ts";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { TroubleList } from "./schema.ts";

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

it("admins see what failed again and again, how often and since when; what has been well for a while is left out", async () => {
  const { admin, northBoss } = hospital.people;
  const [twice, parked, mended] = [uuidv7(), uuidv7(), uuidv7()];
  for (const code of ["57014", "40P01"]) await countFailure(hospital.knex, "step", twice, code);
  for (let n = 0; n < 10; n += 1) await countFailure(hospital.knex, "expire", parked, "P0001");
  await countFailure(hospital.knex, "count", mended, "40P01");
  const owner = await hospital.owner("troubles");
  await owner.query("UPDATE troubles SET again_at = now() - interval '11 minutes' WHERE id = $1", [mended]);
  const { troubles } = (await server.get("/api/troubles", as(admin))).read(TroubleList);
  expect(troubles).toMatchObject([
    { kind: "expire", id: parked, failures: 10, code: "P0001", again_at: null },
    { kind: "step", id: twice, failures: 2, code: "40P01", parked_at: null },
  ]);
  expect((await server.get("/api/troubles", as(northBoss))).status).toBe(403);
});

it("admins have what is parked tried again, on record; nobody else does", async () => {
  const { admin, northBoss } = hospital.people;
  const id = await hospital.notify("north-1");
  const expiring = () => isDueTo("expire", id);
  for (let n = 0; n < 10; n += 1) await countFailure(hospital.knex, "expire", id, "P0001");
  await countFailure(hospital.knex, "close", id, "40P01");
  expect(await expiring()).toBe(false);
  const retry = (one: string, who = admin) => server.post(`/api/troubles/${one}/retry`, undefined, as(who));
  expect((await retry(id, northBoss)).status).toBe(403);
  expect((await retry(uuidv7())).status).toBe(404);
  expect(await expiring()).toBe(false);
  expect((await retry(id)).status).toBe(204);
  expect(await expiring()).toBe(true);
  expect((await retry(id)).status).toBe(404);
  const recorded = await hospital.asOwner(
    "SELECT actor, outcome, payload FROM audit_events WHERE action = 'trouble.retry' AND object_id = $1 AND outcome = 'ok' ORDER BY id",
    id,
  );
  expect(recorded).toMatchObject([{ actor: `user:${admin.id}` }, { actor: `user:${admin.id}` }]);
  expect(recorded.map(({ payload }) => payload)).toEqual(
    expect.arrayContaining([
      { kind: "expire", failures: 10, code: "P0001", parked: true },
      { kind: "close", failures: 1, code: "40P01", parked: false },
    ]),
  );
});

/** Whether a loop would look at an item. */
async function isDueTo(kind: "expire", id: string): Promise<boolean> {
  const { rows } = await actAs(hospital.knex, "relay", (trx) =>
    trx.raw(`SELECT ${isDue(kind, "CAST(? AS uuid)")} AS due`, [id]),
  );
  return rows[0].due;
}
