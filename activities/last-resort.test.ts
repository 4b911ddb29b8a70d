import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { z } from "zod";
import { defineChannel, type Deliverable, type Outcome } from "../channels/define.ts";
import { createLog } from "../config/log.ts";
import { actAs } from "../store/db/knex.ts";
import { createHospital, type Hospital } from "../testing/hospital.ts";
import { aContactPoint } from "../testing/nouns.ts";
import { createEscalate, type EscalateDeps } from "./escalate.ts";

let hospital: Hospital;
let id: string;
const sent: Pick<Deliverable, "message" | "recipient">[] = [];
const lines: string[] = [];
let outcome: Outcome = { kind: "accepted" };

const instance = {
  deliver: async (given: Deliverable) => {
    sent.push(given);
    return outcome;
  },
  check: async () => ({ ok: true as const }),
};
const channel = defineChannel({
  name: "email",
  config: z.object({}),
  hosts: () => [],
  phi: "redacted",
  idempotent: false,
  start: () => instance,
});

const EMAIL = { channel, instance, address: (given: string) => given };

beforeAll(async () => {
  hospital = await createHospital();
});
beforeEach(async () => {
  sent.length = 0;
  lines.length = 0;
  outcome = { kind: "accepted" };
  id = await hospital.notify("north-1", { priority: "critical" });
});
afterAll(() => hospital.close());

/** Takes the alert's steps until its last resort was told, which is nobody while the supervisor is disabled, or no channel is on. */
async function takeAll(get: EscalateDeps["channels"]["get"] = () => EMAIL, isThere = false): Promise<void> {
  const escalate = createEscalate({
    knex: hospital.knex,
    channels: { names: () => (isThere ? ["email", "sms"] : ["websocket", "email", "sms"]), get },
    bridge: { publish: () => Promise.resolve(0) },
    log: createLog("error", { write: (line) => void lines.push(line) }),
  });
  const disable = (at: Date | null) =>
    actAs(hospital.knex, "user:admin", (trx) =>
      trx("users").where({ id: "north-boss" }).update({ disabled_at: at }),
    );
  if (!isThere) await disable(new Date());
  for (let step = 0; step < 2; step++) {
    await actAs(hospital.knex, `worker:${id}`, (trx) =>
      trx("notifications").where({ id }).update({ next_step_at: new Date() }),
    );
    await escalate(id);
  }
  await disable(null);
}
const recorded = () =>
  hospital.asOwner(
    "SELECT outcome, payload FROM audit_events WHERE object_id = $1 AND payload->>'to' = 'admins'",
    id,
  );

it("tells the administrators by email of an alert that nobody of its territory can be told of, and nothing of it", async () => {
  await takeAll();
  expect(sent.map(({ recipient }) => recipient.userId)).toEqual(["admin"]);
  expect(sent[0]?.message.text).toContain("north");
  expect(JSON.stringify(sent)).not.toContain("Potassium");
  expect(await recorded()).toEqual([{ outcome: "ok", payload: { to: "admins", people: 1 } }]);
  expect(lines.filter((line) => line.includes(id) && line.includes("rules are used up"))).not.toEqual([]);
});

it("tells the administrators too where its territory's people are there, and have no way", async () => {
  await takeAll(() => EMAIL, true);
  expect(sent.map(({ recipient }) => recipient.userId)).toEqual(["admin"]);
});

it("tells the administrators once of a broadcast's alert, however many people it was for", async () => {
  id = await hospital.broadcast({ territory_id: "north", role: "clinician", priority: "critical" });
  await hospital.page(id);
  await takeAll();
  expect(sent.map(({ recipient }) => recipient.userId)).toEqual(["admin"]);
  expect(await recorded()).toEqual([{ outcome: "ok", payload: { to: "admins", people: 1 } }]);
});

it("tells them by every channel on which they have an address, each of them once", async () => {
  await aContactPoint(hospital, { person: "admin", channel: "email", address: "night@tocsin.example" });
  await aContactPoint(hospital, { person: "admin", channel: "sms", address: "+15550100" });
  await takeAll();
  expect(sent.map(({ recipient }) => recipient.address).toSorted()).toEqual([
    "+15550100",
    "night@tocsin.example",
  ]);
  expect(await recorded()).toEqual([{ outcome: "ok", payload: { to: "admins", people: 1 } }]);
  await actAs(hospital.knex, "user:admin", (trx) =>
    trx("contact_points").where({ user_id: "admin" }).delete(),
  );
});

it("is an error in the log where no administrator can be told either", async () => {
  outcome = { kind: "reject", code: "no" };
  await takeAll();
  expect(await recorded()).toEqual([{ outcome: "failed", payload: { to: "admins", people: 0 } }]);
  expect(lines.filter((line) => line.includes(id) && line.includes("nobody can be told"))).toHaveLength(1);
});

it.each<[string, EscalateDeps["channels"]["get"]]>([
  ["there is no email", () => undefined],
  ["they have no address that email reaches", () => ({ ...EMAIL, address: () => null })],
])("is an error in the log where %s", async (_, get) => {
  await takeAll(get);
  expect(sent).toEqual([]);
  expect(await recorded()).toEqual([{ outcome: "failed", payload: { to: "admins", people: 0 } }]);
  expect(lines.filter((line) => line.includes(id) && line.includes("nobody can be told"))).toHaveLength(1);
});
