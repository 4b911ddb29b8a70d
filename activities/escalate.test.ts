import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createLog } from "../config/log.ts";
import { actAs } from "../store/db/knex.ts";
import { createHospital, type Hospital } from "../testing/hospital.ts";
import { aContactPoint } from "../testing/nouns.ts";
import { createEscalate } from "./escalate.ts";

let hospital: Hospital;
/** What open pages are told, by the inbox. */
let told: [string, { seq: number; id: string }][];
let lines: string[];

beforeAll(async () => {
  hospital = await createHospital({ channels: ["websocket", "email"] });
  await aContactPoint(hospital, { person: "north-boss", channel: "email", address: "boss@tocsin.example" });
});
beforeEach(() => {
  told = [];
  lines = [];
});
afterAll(() => hospital.close());

/** Takes the next step of an alert, whose rules are these. */
async function step(id: string, steps: object[]): Promise<void> {
  const escalation = JSON.stringify({ steps, repeat: 0, acknowledgers: 1 });
  await actAs(hospital.knex, `worker:${id}`, (trx) =>
    trx("notifications").where({ id }).update({ escalation, next_step_at: new Date() }),
  );
  await createEscalate({
    knex: hospital.knex,
    channels: { names: () => ["websocket", "email"], get: () => undefined },
    bridge: { publish: (inbox, change) => Promise.resolve(told.push([inbox, change])) },
    log: createLog("error", { write: (line) => void lines.push(line) }),
  })(id);
}

it("shows a step's copy on open pages at once, also where the step names another channel", async () => {
  const by_email = { after_seconds: 60, to: { role: "supervisor" }, channels: ["email"] };
  for (const id of [
    await hospital.notify("north-1", { priority: "critical" }),
    await hospital.broadcast({ territory_id: "north", role: "clinician", priority: "critical" }),
  ]) {
    await hospital.page(id);
    told = [];
    await step(id, [by_email, { after_seconds: 60, to: { recipient: true } }]);
    const [copy] = await hospital.asOwner(
      "SELECT n.id, n.seq, inboxes.id AS inbox FROM notifications n JOIN inboxes USING (user_id) WHERE n.escalated_from = $1",
      id,
    );
    expect(told).toEqual([[copy?.["inbox"], { id: copy?.["id"], seq: Number(copy?.["seq"]) }]]);
    const ways = await hospital.asOwner(
      "SELECT channel FROM deliveries WHERE notification_id = $1",
      copy?.["id"],
    );
    expect(ways).toEqual([{ channel: "email" }]);
  }
});

it("says in the log by its id that an alert's rules are used up, each time the last resort is told", async () => {
  const id = await hospital.notify("north-1", { priority: "critical" });
  const steps = [
    { after_seconds: 60, to: { recipient: true } },
    { after_seconds: 60, to: { role: "supervisor" } },
  ];
  await step(id, steps);
  expect(lines).toEqual([]);
  for (const number of [2, 3]) {
    await step(id, steps);
    expect(JSON.parse(String(lines.at(-1)))).toMatchObject({ level: 50, id, step: number });
  }
  expect(lines).toHaveLength(2);
});
