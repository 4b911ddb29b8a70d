import { randomBytes } from "node:crypto";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { actAs } from "../db/knex.ts";
import { accept, acceptEach, type NewSend } from "./accept.ts";

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
  topic: null,
  people: null,
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

it("takes a page in with one record each, in the list's order, and answers each as by itself: repeats, other bodies, nobody, what is over", async () => {
  const hash = () => ({ idempotency_hash: randomBytes(32) });
  const former = aNewSend(hash());
  await take(former);
  const [first, twice] = [aNewSend(hash()), aNewSend(hash())];
  const page = [
    first,
    { ...former, id: uuidv7() },
    { ...former, id: uuidv7(), body_hash: randomBytes(32) },
    aNewSend({ user_id: "who" }),
    twice,
    { ...twice, id: uuidv7() },
    aNewSend({ escalation_policy_id: uuidv7() }),
    aNewSend({ topic: "none", user_id: null }),
    aNewSend({ on_call_role: "cardiology" }),
  ];
  const late = aNewSend();
  const sends = [...page.map((row) => ({ row, repeatOnly: false })), { row: late, repeatOnly: true }];
  const answers = await acceptEach(
    hospital.knex,
    hospital.services.north.id,
    sends.map((one) => ({ ...one, leadMs: 2_000 })),
  );
  const taken = [first.id, twice.id, page[8]?.id];
  expect(answers).toEqual([
    { kind: "accepted", id: taken[0] },
    { kind: "replayed", id: former.id },
    { kind: "reused" },
    { kind: "nobody" },
    { kind: "accepted", id: taken[1] },
    { kind: "replayed", id: twice.id },
    { kind: "no_policy" },
    { kind: "no_topic" },
    { kind: "accepted", id: taken[2] },
    { kind: "too_late" },
  ]);
  const rows = await hospital.asOwner(
    `SELECT sends.id, payload, sends.sealed, next_start_at > created_at AS later FROM sends JOIN audit_events ON object_id = sends.id::text
     WHERE sends.id = ANY ($1) AND action = 'notification.send' ORDER BY sends.created_at, sends.id`,
    [...page, late].map(({ id }) => id),
  );
  const said = { user_id: "north-1", category: "system_message", priority: "normal" };
  expect(rows).toEqual([
    { id: taken[0], payload: said, sealed: first.sealed, later: true },
    { id: taken[1], payload: said, sealed: twice.sealed, later: true },
    { id: taken[2], payload: { ...said, on_call_role: "cardiology" }, sealed: page[8]?.sealed, later: true },
  ]);
});

it("writes what can be written together while a call with one of the keys is at work, which is in flight", async () => {
  const held = aNewSend({ idempotency_hash: randomBytes(32) });
  const page = [aNewSend(), { ...held, id: uuidv7() }, aNewSend()];
  const answers = await hospital.knex.transaction(async (trx) => {
    await accept(trx, held, 2_000, false);
    return await acceptEach(
      hospital.knex,
      hospital.services.north.id,
      page.map((row) => ({ row, leadMs: 2_000, repeatOnly: false })),
    );
  });
  expect(answers.map(({ kind }) => kind)).toEqual(["accepted", "in_flight", "accepted"]);
});
