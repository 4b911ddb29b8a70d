import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createRedactor } from "../../redaction/threads/redactor.ts";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPolicy, type TestPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { InboxCounts, InboxPage, Notification, type SendBody } from "./schema.ts";

let hospital: Hospital;
let server: TestServer;
let north1: TestPerson;
let north2: TestPerson;
let boss: TestPerson;

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital);
  ({ north1, north2, northBoss: boss } = hospital.people);
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

const answer = (id: string, what: "acknowledge" | "decline", by: TestPerson, body?: object) =>
  server.post(`/api/notifications/${id}/${what}`, body, as(by));
const read = async (id: string, by: TestPerson) =>
  (await server.get(`/api/notifications/${id}`, as(by))).read(Notification);
const recorded = (id: string, action: string) =>
  hospital.asOwner(
    "SELECT outcome, payload FROM audit_events WHERE object_id = $1 AND action = $2 ORDER BY id",
    id,
    action,
  );
/** Makes the next step due and takes it. */
const step = async (id: string): Promise<void> => {
  await hospital.takeStep(id);
};
const copyOf = async (id: string, person: TestPerson) =>
  (await server.get("/api/notifications", as(person)))
    .read(InboxPage)
    .notifications.find((one) => one.escalated_from === id);
const dueIn = async (id: string): Promise<number> => {
  const [row] = await hospital.asOwner(
    "SELECT extract(epoch FROM next_step_at - clock_timestamp())::float AS s FROM notifications WHERE id = $1",
    id,
  );
  return Number(row?.["s"]);
};
const alert = (body: Partial<SendBody> = {}): Promise<string> =>
  hospital.notify("north-1", { priority: "critical", ...body });

describe("a note with an acknowledgement", () => {
  it("is redacted as its message was, and stands on the colleagues' copies", async () => {
    const id = await alert({
      message: "Zorblax Quill, bed 4",
      known: [{ kind: "name", value: "Zorblax Quill" }],
    });
    await step(id);
    const acknowledged = await answer(id, "acknowledge", north1, {
      note: "Called Zorblax Quill's ward, 555-867-5309",
    });
    const note = acknowledged.read(Notification).acknowledge_note;
    expect(note).toMatch(/^Called \[NAME\]'s ward/);
    expect(note).not.toMatch(/Quill|5309/);
    expect((await copyOf(id, boss))?.acknowledge_note).toBe(note);
    expect(await hospital.asOwner("SELECT FROM audit_events WHERE payload::text LIKE '%Quill%'")).toEqual([]);
  });
});

describe("many answers with words of one person at once", () => {
  it("hold up no message, and are refused where too many wait", async () => {
    const redactor = createRedactor({ threads: 1, limits: { ms: 60_000 } });
    // So large a node that a caller's line alone would let all of them through.
    const own = await startServer(hospital, { DATABASE_CONNECTIONS: "300" }, { redactor });
    onTestFinished(async () => {
      await own.stop();
      await redactor.stop();
    });
    const id = await alert();
    await answer(id, "acknowledge", north1);
    await redactor.redact(["Bed 4"]);
    // Each sign stands for eighteen.
    const note = "\u{fdfa}".repeat(500);
    let answered = 0;
    const flood = Array.from({ length: 40 }, async () => {
      const { status } = await own.post(`/api/notifications/${id}/acknowledge`, { note }, as(north1));
      answered += status === 200 ? 1 : 0;
      return status;
    });
    const message = (async () => {
      await Promise.race(flood);
      await redactor.redact(["Bed 4 is free."], {}, { isUrgent: true });
      return answered;
    })();
    const statuses = await Promise.all(flood);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    // Without the bounds it comes behind all of them.
    expect(await message).toBeLessThan(5);
  });
});

describe("somebody who declines", () => {
  it("makes the next step due at once, is asked no more, and need not answer any longer", async () => {
    const id = await alert();
    expect(await dueIn(id)).toBeGreaterThan(60);
    const declined = await answer(id, "decline", north1, { reason: "In theatre until 14:00" });
    expect(declined.read(Notification)).toMatchObject({
      status: "read",
      decline_reason: "In theatre until 14:00",
      declined_at: expect.any(String),
    });
    expect(await dueIn(id)).toBeLessThanOrEqual(0);
    await hospital.escalate(id);
    expect((await copyOf(id, boss))?.status).toBe("sent");
    const counts = (await server.get("/api/notifications/counts", as(north1))).read(InboxCounts);
    expect(counts.unacknowledged_critical).toBe(0);
    expect(await recorded(id, "notification.decline")).toMatchObject([{ outcome: "ok" }]);
    expect((await answer(id, "decline", north1, { reason: "Again" })).read(Notification).decline_reason).toBe(
      "In theatre until 14:00",
    );
    expect((await server.post(`/api/notifications/${id}/dismiss`, {}, as(north1))).status).toBe(200);
  });

  it("is passed over by the steps to come, so one that names nobody else is over at once", async () => {
    const rules = {
      steps: [
        { after_seconds: 600, to: { recipient: true as const } },
        { after_seconds: 600, to: { user_id: "north-2" } },
      ],
      repeat: 0,
      acknowledgers: 1,
    };
    const policy = await aPolicy(hospital, { territory: "north", rules, isDefault: false });
    const id = await alert({ escalation_policy_id: policy });
    await answer(id, "decline", north1, { reason: "Off duty" });
    await hospital.escalate(id);
    expect(await copyOf(id, north2)).toMatchObject({ status: "sent" });
    const rounds = await hospital.asOwner(
      "SELECT FROM deliveries WHERE notification_id = $1 AND round > 0",
      id,
    );
    expect(rounds).toEqual([]);
  });

  it("may still take it", async () => {
    const id = await alert();
    await answer(id, "decline", north1, { reason: "Busy" });
    await hospital.escalate(id);
    expect((await answer(id, "acknowledge", north1)).read(Notification)).toMatchObject({
      status: "acknowledged",
      declined_at: null,
      decline_reason: null,
    });
    expect(await copyOf(id, boss)).toMatchObject({ status: "acknowledged" });
  });

  it("can't decline what nobody else would be told of, or what is over; a colleague's is not there", async () => {
    const plain = await hospital.notify("north-1");
    expect((await answer(plain, "decline", north1, { reason: "No" })).status).toBe(409);
    const id = await alert();
    expect((await answer(id, "decline", north1, {})).status).toBe(422);
    expect((await answer(id, "decline", north1, { reason: " " })).status).toBe(422);
    expect((await answer(id, "decline", north2, { reason: "No" })).status).toBe(404);
    await answer(id, "acknowledge", north1);
    expect((await answer(id, "decline", north1, { reason: "No" })).status).toBe(409);
  });
});

describe("what has to be read back", () => {
  it("is acknowledged once it was read back rightly; a wrong one stays open, on record", async () => {
    const id = await alert({ message: "Potassium 6.8 mmol/L", require_read_back: "6.8" });
    expect((await read(id, north1)).read_back).toBe(true);
    const refused = { status: 422, body: { errors: [{ path: "/read_back" }] } };
    expect(await answer(id, "acknowledge", north1)).toMatchObject(refused);
    expect(await answer(id, "acknowledge", north1, { read_back: "8.6" })).toMatchObject(refused);
    expect((await read(id, north1)).status).toBe("sent");
    expect(await recorded(id, "notification.read_back")).toEqual([{ outcome: "denied", payload: {} }]);
    const right = await answer(id, "acknowledge", north1, { read_back: "6,80" });
    expect(right.read(Notification)).toMatchObject({ status: "acknowledged", read_back: true });
  });

  it("is asked of whoever has a copy, too", async () => {
    const id = await alert({ require_read_back: "6.8 mmol/L" });
    await step(id);
    const copy = await copyOf(id, boss);
    expect(copy?.read_back).toBe(true);
    const copyId = copy?.notification_id ?? "";
    expect((await answer(copyId, "acknowledge", boss, { read_back: "6.8 mg/dL" })).status).toBe(422);
    expect((await answer(copyId, "acknowledge", boss, { read_back: "6.8" })).status).toBe(200);
    expect((await read(id, north1)).status).toBe("acknowledged");
  });
});

it("can be taken back a few times an hour, by each person of each notification", async () => {
  const [id, other] = [await alert(), await alert()];
  const turn = async (of: string): Promise<number> => {
    await answer(of, "acknowledge", north1);
    return (await server.post(`/api/notifications/${of}/unacknowledge`, undefined, as(north1))).status;
  };
  for (let n = 0; n < 5; n++) expect(await turn(id)).toBe(200);
  expect(await turn(id)).toBe(429);
  expect((await read(id, north1)).status).toBe("acknowledged");
  expect(await turn(other)).toBe(200);
});
