import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { begin, changesAfter, position } from "./inbox.ts";
import { act } from "../transitions/act.ts";
import { receive as record } from "../transitions/receive.ts";
import { actAs } from "../db/knex.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";

const PERSON = "north-1";

describe("an inbox", () => {
  let hospital: Hospital;
  beforeAll(async () => {
    hospital = await createHospital({ max: 25 });
  });
  afterAll(() => hospital.close());

  const read = async (after: number) => (await changesAfter(hospital.knex, PERSON, after, 1_000)).changes;
  const last = () => actAs(hospital.knex, `user:${PERSON}`, (trx) => position(trx, PERSON));

  it("numbers arrivals without a gap, and shows none before all earlier ones", async () => {
    const start = await last();
    const sends = await Promise.all(Array.from({ length: 20 }, () => hospital.accept(PERSON)));
    let writing = true;
    const watched: number[] = [];
    const watch = async (): Promise<void> => {
      for (let done = false; !done;) {
        done = !writing;
        for (const { seq } of await read(watched.at(-1) ?? start)) watched.push(seq);
      }
    };
    const watching = watch();
    await Promise.all(sends.map((id) => hospital.persist(id)));
    writing = false;
    await watching;
    expect(watched).toEqual(Array.from({ length: 20 }, (_, n) => start + n + 1));
  });

  it("draws one number for each of 20 acts and arrivals at once", async () => {
    const known = await Promise.all(Array.from({ length: 10 }, () => hospital.notify(PERSON)));
    const sends = await Promise.all(Array.from({ length: 10 }, () => hospital.accept(PERSON)));
    const start = await last();
    await Promise.all([
      ...known.map((id) => act(hospital.knex, PERSON, id, { kind: "acknowledge" })),
      ...sends.map((id) => hospital.persist(id)),
    ]);
    expect((await read(start)).map(({ seq }) => seq)).toEqual(
      Array.from({ length: 20 }, (_, n) => start + n + 1),
    );
    expect(await last()).toBe(start + 20);
  });

  it("is counted as it is with the changes that were read", async () => {
    const start = await last();
    const { counts: before } = await changesAfter(hospital.knex, PERSON, start, 10);
    const critical = await hospital.notify(PERSON, { priority: "critical" });
    await hospital.notify(PERSON);
    const { counts } = await changesAfter(hospital.knex, PERSON, start, 10);
    expect(counts).toEqual({
      unacknowledged_critical: before.unacknowledged_critical + 1,
      unread: before.unread + 2,
      open: before.open + 2,
    });
    await act(hospital.knex, PERSON, critical, { kind: "acknowledge" });
    expect(await actAs(hospital.knex, `user:${PERSON}`, (trx) => begin(trx, PERSON))).toMatchObject({
      counts: { unacknowledged_critical: before.unacknowledged_critical, unread: before.unread + 1 },
    });
  });

  it("begins for a socket behind what a page has shown, and before the first change that none has", async () => {
    const start = await last();
    const place = () => actAs(hospital.knex, `user:${PERSON}`, (trx) => begin(trx, PERSON));
    await record(hospital.knex, PERSON, { after: 0, to: start }, { after: 0, to: start });
    expect(await place()).toMatchObject({ position: start, seenTo: start });
    for (let n = 0; n < 3; n += 1) await hospital.notify(PERSON);
    await record(hospital.knex, PERSON, { after: start, to: start + 3 }, { after: start, to: start + 1 });
    expect(await place()).toMatchObject({ position: start + 3, seenTo: start + 1 });
  });

  it("draws no number for an arrival that is repeated", async () => {
    const id = await hospital.notify(PERSON);
    const start = await last();
    await hospital.persist(id);
    await hospital.persist(id);
    expect(await last()).toBe(start);
  });
});

describe("a receipt", () => {
  let hospital: Hospital;
  let id: string;
  let seq: number;
  beforeAll(async () => {
    hospital = await createHospital();
  });
  beforeEach(async () => {
    id = await hospital.notify(PERSON);
    seq = Number((await hospital.asOwner("SELECT seq FROM notifications WHERE id = $1", id))[0]?.["seq"]);
  });
  afterAll(() => hospital.close());

  const receive = (after: number, to: number, person = PERSON) =>
    record(hospital.knex, person, { after, to }, { after, to: after });
  const settle = (status: string, reason: string | null = null) =>
    actAs(hospital.knex, `worker:${id}`, (trx) =>
      trx("deliveries").where({ notification_id: id }).update({ status, reason }),
    );
  const state = async (): Promise<unknown> => {
    const sql = `SELECT n.status AS notification, d.status AS delivery, d.reason FROM notifications n
      JOIN deliveries d ON d.notification_id = n.id WHERE n.id = $1`;
    return (await hospital.asOwner(sql, id))[0];
  };

  it.each([
    ["queued", null],
    ["claimed", null],
    ["accepted", null],
    ["skipped", "offline"],
    ["unknown", "timeout"],
  ])("turns %s into delivered", async (status, reason) => {
    await settle(status, reason);
    expect(await receive(seq - 1, seq)).toEqual([id]);
    expect(await state()).toEqual({ notification: "delivered", delivery: "delivered", reason: null });
  });

  it("counts once, with one event and one record", async () => {
    expect(await receive(seq - 1, seq)).toEqual([id]);
    expect(await receive(seq - 1, seq)).toEqual([]);
    expect(await receive(0, seq + 100)).not.toContain(id);
    const events = await hospital.asOwner(
      "SELECT FROM delivery_events WHERE notification_id = $1 AND status = 'delivered'",
      id,
    );
    const records = await hospital.asOwner(
      "SELECT actor FROM audit_events WHERE object_id = $1 AND action = 'delivery.receive'",
      id,
    );
    expect(events).toHaveLength(1);
    expect(records).toEqual([{ actor: `user:${PERSON}` }]);
  });

  it("counts a later round's delivery separately", async () => {
    await receive(seq - 1, seq);
    const [first] = await hospital.asOwner("SELECT * FROM deliveries WHERE notification_id = $1", id);
    await actAs(hospital.knex, `worker:${id}`, (trx) =>
      trx("deliveries").insert({ ...first, id: randomUUID(), round: 1, status: "queued" }),
    );
    expect(await receive(seq - 1, seq)).toEqual([id]);
    const sql = "SELECT delivery_id FROM delivery_events WHERE notification_id = $1 AND status = 'delivered'";
    const events = await hospital.asOwner(sql, id);
    expect(new Set(events.map(({ delivery_id }) => delivery_id)).size).toBe(2);
    expect(events).toHaveLength(2);
  });

  it("counts once for two sockets at the same time", async () => {
    const both = await Promise.all([receive(seq - 1, seq), receive(seq - 1, seq)]);
    expect(both.flat()).toEqual([id]);
  });

  it("covers the changes after its beginning, up to its end, and no other person's", async () => {
    expect(await receive(seq, seq + 5)).toEqual([]);
    expect(await receive(seq - 1, seq - 1)).toEqual([]);
    expect(await receive(0, seq + 5, "north-2")).toEqual([]);
    expect(await receive(0, seq + 5, "north-boss")).toEqual([]);
    const all = { after: 0, to: seq + 5 };
    for (const other of ["north-2", "north-boss"])
      expect(await record(hospital.knex, other, all, all)).not.toContain(id);
    expect(await hospital.asOwner("SELECT seen_at FROM notifications WHERE id = $1", id)).toEqual([
      { seen_at: null },
    ]);
    expect(await state()).toMatchObject({ notification: "sent", delivery: "queued" });
  });

  it("leaves the status of a notification that was read or has expired", async () => {
    await act(hospital.knex, PERSON, id, { kind: "read" });
    const now = await actAs(hospital.knex, `user:${PERSON}`, (trx) => position(trx, PERSON));
    expect(await receive(now - 1, now)).toEqual([id]);
    expect(await state()).toMatchObject({ notification: "read", delivery: "delivered" });

    const expired = await hospital.notifyLate(PERSON);
    expect(await receive(now, now + 10)).not.toContain(expired);
  });
});
