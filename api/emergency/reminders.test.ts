import type pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createLog } from "../../config/log.ts";
import { loadInstallationKey } from "../../store/crypto/secrets.ts";
import { createVault } from "../../store/crypto/vault.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson } from "../../testing/nouns.ts";
import { noTemporal } from "../../testing/starter.ts";
import { createOwnSends } from "../notifications/own-sends.ts";
import { type RemindersDeps, remindReviewers } from "./reminders.ts";

const ID = "0195a1f0-5c00-7000-8000-0000000000e1";

let hospital: Hospital;
let owner: pg.Client;
let deps: RemindersDeps;

beforeAll(async () => {
  hospital = await createHospital();
  const { knex, config } = hospital;
  const vault = createVault(config.masterKeys);
  const secrets = await loadInstallationKey(knex, vault);
  const log = createLog("silent");
  deps = {
    knex,
    ownSends: createOwnSends({ knex, reserve: knex, vault, secrets, starter: noTemporal, log }),
  };
  owner = await hospital.owner("emergency_accesses", "sends", "territories");
  await aPerson(hospital, { id: "officer", territory: "north" });
  await owner.query(`UPDATE territories SET settings = '{"privacy_officer": "officer"}' WHERE id = 'north'`);
  // What was opened stays as it was, but time passes.
  await owner.query("ALTER TABLE emergency_accesses DISABLE TRIGGER keep_access");
  await owner.query(
    `INSERT INTO emergency_accesses (id, user_id, territory_id, recipient_id, reason, expires_at)
     VALUES ($1, 'south-1', 'north', 'north-1', 'Collapsed in the lobby.', now())`,
    [ID],
  );
});
afterAll(() => hospital.close());

/** Who has been told so far, once this access is so old. */
async function toldAfter(hours: number): Promise<string[]> {
  await owner.query(
    "UPDATE emergency_accesses SET opened_at = now() - make_interval(hours => $1::int), expires_at = now() - make_interval(hours => $1::int)",
    [hours],
  );
  await remindReviewers(deps);
  await remindReviewers(deps);
  const { rows } = await owner.query(
    "SELECT user_id FROM sends WHERE service_id = own_service() ORDER BY created_at, id",
  );
  return rows.map(({ user_id }) => user_id);
}

it("reminds supervisors and the privacy officer once a day, until one of them has reviewed it", async () => {
  const both = ["north-boss", "officer"];
  expect(await toldAfter(23)).toEqual([]);
  expect(await toldAfter(25)).toEqual(both);
  expect(await toldAfter(47)).toEqual(both);
  expect(await toldAfter(49)).toEqual([...both, ...both]);
  await owner.query(
    "UPDATE emergency_accesses SET reviewed_at = now(), reviewed_by = 'north-boss', verdict = 'justified', review = 'Seen.'",
  );
  expect(await toldAfter(80)).toEqual([...both, ...both]);
});
