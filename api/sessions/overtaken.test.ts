import { hash } from "@node-rs/argon2";
import type pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { actAs } from "../../store/db/knex.ts";
import { findInvitation, invite, setInvitedPassword } from "../../store/people/invitations.ts";
import { endSessions } from "../../store/people/people.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson, older } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { until } from "../../testing/until.ts";

const PASSWORD = "a long enough password";

let hospital: Hospital;
let server: TestServer;
let owner: pg.Client;

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital);
  owner = await hospital.owner("sessions");
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const waiting = async (): Promise<boolean> => {
  const { rows } = await owner.query(
    `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  return rows.length > 0;
};

it("by the old password waits for a change that is under way, and stays outside", async () => {
  const { id, email } = await aPerson(hospital, { id: "slow", territory: "north", password: PASSWORD });
  const { token } = await actAs(hospital.knex, "user:admin", (trx) => invite(trx, id, older));
  const next = await hash("another password that is long");
  const signedIn = await actAs(hospital.knex, "sign-in", async (trx) => {
    const invited = await findInvitation(trx, token);
    if (invited === null) throw new Error("there is no invitation");
    await endSessions(trx, id);
    // Its password is looked at while the change is not committed yet.
    const answer = server.post("/api/sessions", { email, password: PASSWORD });
    await until("the sign-in waits", waiting);
    await setInvitedPassword(trx, invited, next);
    return { answer };
  });
  expect((await signedIn.answer).status).toBe(401);
  const { rows } = await owner.query("SELECT FROM sessions WHERE user_id = $1 AND revoked_at IS NULL", [id]);
  expect(rows).toEqual([]);
});
