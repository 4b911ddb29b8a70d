import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createLocalBridge } from "../../channels/websocket/local-bridge.ts";
import { createLog } from "../../config/log.ts";
import { createAlone } from "../../node/alone.ts";
import { loadInstallationKey } from "../../store/crypto/secrets.ts";
import { createVault } from "../../store/crypto/vault.ts";
import { actAs } from "../../store/db/knex.ts";
import { act } from "../../store/transitions/act.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { noTemporal } from "../../testing/starter.ts";
import { createOwnSends, type OwnSends } from "./own-sends.ts";
import { presentNotification } from "./present.ts";
import { remindOfCompletion } from "./reminders.ts";

let hospital: Hospital;
let ownSends: OwnSends;
let id: string;

beforeAll(async () => {
  hospital = await createHospital();
  const { knex, config } = hospital;
  const vault = createVault(config.masterKeys);
  const secrets = await loadInstallationKey(knex, vault);
  ownSends = createOwnSends({
    knex,
    reserve: knex,
    vault,
    secrets,
    starter: noTemporal,
    log: createLog("silent"),
  });
});
beforeEach(async () => {
  id = await hospital.notify("north-1", { priority: "critical" });
  await change({
    escalation: JSON.stringify({
      steps: [{ after_seconds: 600, to: { role: "supervisor" } }],
      complete_minutes: 30,
    }),
  });
});
afterAll(() => hospital.close());

const change = (to: Record<string, unknown>) =>
  actAs(hospital.knex, `worker:${id}`, (trx) => trx("notifications").where({ id }).update(to));
const does = (kind: "acknowledge" | "unacknowledge" | "complete") =>
  act(hospital.knex, "north-1", id, { kind });
const round = (tell: OwnSends["tell"] = ownSends.tell) => {
  const { knex } = hospital;
  const log = createLog("silent");
  return remindOfCompletion(
    { knex, ownSends: { tell }, bridge: createLocalBridge(), log },
    createAlone(knex, log),
  );
};
/** Lets the next reminder be due. */
const due = () =>
  actAs(hospital.knex, `worker:${id}`, (trx) =>
    trx("notifications")
      .where({ id })
      .whereNotNull("remind_at")
      .update({ remind_at: new Date(Date.now() - 1) }),
  );
/** Who was reminded since, in order. */
let seen = 0;
async function reminded(): Promise<unknown[]> {
  const rows = await hospital.asOwner(
    "SELECT user_id FROM sends WHERE service_id = own_service() ORDER BY created_at, id",
  );
  const fresh = rows.slice(seen);
  seen = rows.length;
  return fresh.map((row) => row["user_id"]);
}

it("reminds who acknowledged, then the supervisors once, and nobody before its time", async () => {
  const taken = await does("acknowledge");
  if (taken.kind !== "done") throw new Error(taken.kind);
  const { completion_due_at: until, acknowledged_at: from } = taken.notification;
  expect(Math.round((Number(until) - Number(from)) / 60_000)).toBe(30);
  expect(presentNotification(taken.notification).completion_due_at).toBe(until?.toISOString());
  await round();
  expect(await reminded()).toEqual([]);
  await due();
  await Promise.all([round(), round(), round()]);
  await round();
  expect(await reminded()).toEqual(["north-1"]);
  await due();
  await round();
  await round();
  expect(await reminded()).toEqual(["north-boss"]);
  const [row] = await hospital.asOwner("SELECT remind_at, reminders FROM notifications WHERE id = $1", id);
  expect(row).toEqual({ remind_at: null, reminders: 2 });
  const record = await hospital.asOwner(
    "SELECT payload FROM audit_events WHERE action = 'notification.remind' AND object_id = $1 ORDER BY id",
    id,
  );
  expect(record.map(({ payload }) => payload)).toEqual([
    { number: 1, to: "acknowledger" },
    { number: 2, to: "supervisor" },
  ]);
});

it("reminds once where whoever did it died before it was noted", async () => {
  await does("acknowledge");
  await due();
  await round(async (message) => {
    await ownSends.tell(message);
    throw new Error("killed");
  });
  expect(await reminded()).toEqual(["north-1"]);
  await actAs(hospital.knex, "relay", (trx) => trx("troubles").update({ again_at: new Date(0) }));
  await round();
  expect(await reminded()).toEqual([]);
  const [row] = await hospital.asOwner("SELECT reminders FROM notifications WHERE id = $1", id);
  expect(row).toEqual({ reminders: 1 });
});

it.each(["complete", "unacknowledge"] as const)("reminds nobody after %s", async (kind) => {
  await does("acknowledge");
  await due();
  await does(kind);
  await round();
  expect(await reminded()).toEqual([]);
});

it("begins anew with another acknowledgement", async () => {
  await does("acknowledge");
  await due();
  await round();
  await does("unacknowledge");
  await does("acknowledge");
  await due();
  await round();
  expect(await reminded()).toEqual(["north-1", "north-1"]);
});
