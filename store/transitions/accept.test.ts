import { randomBytes } from "node:crypto";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { actAs } from "../db/knex.ts";
import { accept, type NewSend } from "./accept.ts";

let hospital: Hospital;
beforeAll(async () => {
  hospital = await createHospital();
});
afterAll(() => hospital.close());

const aNewSend = (change: Partial<NewSend> = {}): NewSend => ({
  id: uuidv7(),
  service_id: hospital.services.north.id,
  service_key_id: hospital.services.north.keyId,
  user_id: "north-1",
  territory_id: "north",
  role: null,
  on_call_role: null,
  read_back: false,
  lane: "ordinary",
  category: "system_message",
  priority: "normal",
  channels: null,
  send_at: null,
  expires_at: null,
  escalation_policy_id: null,
  body_hash: randomBytes(32),
  idempotency_hash: null,
  dedup_hash: null,
  replaces: null,
  key_id: "k1",
  wrapped_key: randomBytes(60),
  sealed: randomBytes(80),
  ...change,
});
const take = (send: NewSend, repeatOnly = false) => accept(hospital.knex, send, 2_000, repeatOnly);
const disabled = async (person: string, work: () => Promise<void>): Promise<void> => {
  const set = (disabled_at: Date | null) =>
    actAs(hospital.knex, "user:admin", (trx) => trx("users").where({ id: person }).update({ disabled_at }));
  await set(new Date());
  await work();
  await set(null);
};

it("takes nothing in for a person who is disabled, unknown, or of another territory", async () => {
  await disabled("north-1", async () => {
    expect(await take(aNewSend())).toEqual({ kind: "nobody" });
  });
  for (const user_id of ["south-1", "who"])
    expect(await take(aNewSend({ user_id }))).toEqual({ kind: "nobody" });
  expect(await take(aNewSend())).toMatchObject({ kind: "accepted" });
});

it("counts only the active people of those whom a broadcast is for", async () => {
  const broadcast = aNewSend({ user_id: null, role: "clinician" });
  await disabled("north-2", async () => {
    await take(broadcast);
  });
  const [row] = await hospital.asOwner("SELECT recipients FROM sends WHERE id = $1", broadcast.id);
  expect(row).toEqual({ recipients: 1 });
  await disabled("north-boss", async () => {
    expect(await take(aNewSend({ user_id: null, role: "supervisor" }))).toEqual({ kind: "nobody" });
  });
});

it("accepts one of many calls that come at once with the same key, and answers the others as its repeats", async () => {
  const same = { idempotency_hash: randomBytes(32), body_hash: randomBytes(32) };
  const answers = await Promise.all(Array.from({ length: 8 }, () => take(aNewSend(same))));
  expect(answers.filter(({ kind }) => kind === "accepted")).toHaveLength(1);
  expect(answers.filter(({ kind }) => kind === "replayed")).toHaveLength(7);
  expect(new Set(answers.map((answer) => ("id" in answer ? answer.id : null))).size).toBe(1);
  expect(await take(aNewSend({ ...same, body_hash: randomBytes(32) }))).toEqual({ kind: "reused" });
});

it("answers a repeat whose time is over by now, and accepts no new send whose time is over", async () => {
  const first = aNewSend({ idempotency_hash: randomBytes(32) });
  await take(first);
  expect(await take(first, true)).toEqual({ kind: "replayed", id: first.id });
  expect(await take(aNewSend(), true)).toEqual({ kind: "too_late" });
});
