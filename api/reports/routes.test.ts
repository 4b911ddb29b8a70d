import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { actAs } from "../../store/db/knex.ts";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { waitingIn } from "../../testing/locks.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { until } from "../../testing/until.ts";
import { AcknowledgementReport, LoadReport, VolumeReport } from "./schema.ts";

const HOUR = 3_600_000;

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

const report = (query: string, person = hospital.people.northBoss) =>
  server.get(`/api/reports/acknowledgement?${query}`, as(person));
const around = (hours = 1): string =>
  `from=${new Date(Date.now() - hours * HOUR).toISOString()}&to=${new Date(Date.now() + HOUR).toISOString()}`;
const act = (id: string, what: string, person: { id: string }) =>
  server.post(`/api/notifications/${id}/${what}`, undefined, as(person));

/** The same as the report, from the events themselves, one by one. */
async function recompute(): Promise<Record<string, number[]>> {
  const rows = await hospital.asOwner(
    `SELECT coalesce(n.escalated_from, n.id) AS root, e.status, e.at, r.created_at, r.category
     FROM delivery_events e JOIN notifications n ON n.id = e.notification_id
     JOIN notifications r ON r.id = coalesce(n.escalated_from, n.id)
     WHERE r.territory_id = 'north' AND r.escalation IS NOT NULL`,
  );
  const found: Record<string, number[]> = { delivered: [], seen: [], acknowledged: [] };
  const stages: Record<string, string[]> = {
    delivered: ["delivered"],
    seen: ["seen", "read", "acknowledged"],
    acknowledged: ["acknowledged"],
  };
  for (const root of new Set(rows.map((row) => row["root"])))
    for (const [stage, statuses] of Object.entries(stages)) {
      const times = rows
        .filter((row) => row["root"] === root && statuses.includes(String(row["status"])))
        .map((row) => (Number(row["at"]) - Number(row["created_at"])) / 1_000);
      if (times.length > 0) found[stage]?.push(Math.min(...times));
    }
  return found;
}

/** PostgreSQL's percentile_cont. */
function quantile(values: number[], share: number): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((one, other) => one - other);
  const place = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0];
  return low + (high - low) * (place - Math.floor(place));
}

describe("the report of acknowledgements", () => {
  it("counts from the timelines' events, copies included, and says how many kept the target", async () => {
    const { northBoss, north1, north2 } = hospital.people;
    await server.patch(
      "/api/territories/north",
      { settings: { acknowledge_within_minutes: { patient_alert: 30 } } },
      as(hospital.people.admin),
    );
    const alert = (person: string) =>
      hospital.notify(person, { priority: "critical", category: "patient_alert" });
    const [quick, late, never, told] = [
      await alert("north-1"),
      await alert("north-1"),
      await alert("north-2"),
      await alert("north-2"),
    ];
    await hospital.notify("north-1", { category: "patient_alert" });
    await act(quick, "read", north1);
    await act(quick, "acknowledge", north1);
    // As if it had been sent an hour earlier.
    await hospital
      .owner("notifications")
      .then((owner) =>
        owner.query("UPDATE notifications SET created_at = created_at - interval '1 hour' WHERE id = $1", [
          late,
        ]),
      );
    await act(late, "acknowledge", north1);
    await act(never, "read", north2);
    await hospital.takeStep(told);
    const [copy] = await hospital.asOwner("SELECT id FROM notifications WHERE escalated_from = $1", told);
    await act(String(copy?.["id"]), "acknowledge", northBoss);

    const { rows } = (await report(`territory=north&${around(2)}`)).read(AcknowledgementReport);
    expect(rows).toHaveLength(1);
    const [row] = rows;
    expect(row).toMatchObject({ group: "patient_alert", alerts: 4, escalated: 1, within_target: 0.5 });
    const times = await recompute();
    for (const stage of ["delivered", "seen", "acknowledged"] as const) {
      const wanted = times[stage] ?? [];
      expect(row?.[stage].reached, stage).toBe(wanted.length);
      for (const [name, share] of [
        ["p50", 0.5],
        ["p90", 0.9],
      ] as const)
        expect(Math.abs((row?.[stage][name] ?? 0) - (quantile(wanted, share) ?? 0)), stage).toBeLessThan(1);
    }
    expect(row?.acknowledged.reached).toBe(3);
    const earlier = `from=${new Date(Date.now() - 2 * HOUR).toISOString()}&to=${new Date(Date.now() - HOUR / 2).toISOString()}`;
    expect((await report(earlier)).read(AcknowledgementReport).rows).toMatchObject([{ alerts: 1 }]);
    const hours = (await report(`${around(2)}&by=hour&zone=Asia/Kolkata`)).read(AcknowledgementReport).rows;
    expect(hours.reduce((sum, { alerts }) => sum + alerts, 0)).toBe(4);
    for (const { group } of hours) expect(group).toMatch(/^\d\d$/);
  });

  it("is the same over a year as over its months", async () => {
    const owned = await hospital.owner("notifications", "deliveries");
    const id = await hospital.notify("north-2", { priority: "critical", category: "order_update" });
    await act(id, "acknowledge", hospital.people.north2);
    const year = 365 * 24;
    const sent = async (hours: number, which = id): Promise<void> => {
      const at = new Date(Date.now() - hours * HOUR);
      await owned.query("UPDATE notifications SET created_at = $2 WHERE id = $1", [which, at]);
      await owned.query("UPDATE deliveries SET created_at = $2 WHERE notification_id = $1", [which, at]);
    };
    const other = await hospital.notify("north-2", { priority: "critical", category: "order_update" });
    const orders = async (hours: number) =>
      (await report(around(hours)))
        .read(AcknowledgementReport)
        .rows.find(({ group }) => group === "order_update");
    await sent(year - 1);
    expect(await orders(1)).toMatchObject({ alerts: 1, acknowledged: { reached: 0, p50: null } });
    expect(await orders(year - 2)).toMatchObject({ alerts: 1 });
    const all = await orders(year);
    expect(all).toMatchObject({ alerts: 2, acknowledged: { reached: 1 } });
    expect(Math.abs((all?.acknowledged.p90 ?? 0) - (year - 1) * 3_600)).toBeLessThan(60);
    const load = await server.get(
      `/api/reports/load?by=category&${around(year)}`,
      as(hospital.people.northBoss),
    );
    const both = load.read(LoadReport).rows.find(({ group }) => group === "order_update");
    expect(both).toMatchObject({ people: 1, arrived: 2, acknowledged: 1 });
    const volume = await server.get(`/api/reports/deliveries?${around(year)}`, as(hospital.people.northBoss));
    const { rows } = volume.read(VolumeReport);
    expect(new Set(rows.map(({ channel, outcome }) => `${channel} ${outcome}`)).size).toBe(rows.length);
    await sent(year + 24, other);
  });

  it("comes as CSV, too", async () => {
    const answer = await server.get(
      `/api/reports/acknowledgement?${around(2)}&by=territory`,
      as(hospital.people.northBoss),
      { Accept: "text/csv" },
    );
    expect(answer.headers.get("content-disposition")).toContain("acknowledgement.csv");
    const [head, first] = answer.text.split("\r\n");
    expect(head).toMatch(/^group,alerts,escalated,delivered,delivered_p50_s,/);
    expect(first).toMatch(/^north,4,1,/);
  });

  it("is for the territory's supervisors, and for a time that is one", async () => {
    const { north1, southBoss, admin } = hospital.people;
    expect((await report(`territory=north&${around()}`, southBoss)).status).toBe(403);
    expect((await report(around(), southBoss)).read(AcknowledgementReport).rows).toEqual([]);
    for (const person of [north1, admin]) expect((await report(around(), person)).status).toBe(403);
    expect((await report("")).status).toBe(200);
    for (const query of [
      `${around(24 * 2_000)}`,
      "from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z",
      "by=hour&zone=%2B05:00",
    ])
      expect((await report(query)).status, query).toBe(422);
  });
});

describe("the report of what comes to people", () => {
  const load = (query: string, person = hospital.people.southBoss) =>
    server.get(`/api/reports/load?${query}`, as(person));

  it("says how much came to each role, and how much was dismissed unread", async () => {
    const { south1, southBoss, northBoss } = hospital.people;
    const [unread, read] = [await hospital.notify("south-1"), await hospital.notify("south-1")];
    const alert = await hospital.notify("south-1", { priority: "critical" });
    await act(unread, "dismiss", south1);
    await act(read, "read", south1);
    await act(read, "dismiss", south1);
    await hospital.takeStep(alert);
    const [copy] = await hospital.asOwner("SELECT id FROM notifications WHERE escalated_from = $1", alert);
    await act(String(copy?.["id"]), "acknowledge", southBoss);

    const clinician = { group: "clinician", people: 1, arrived: 3, critical: 1, dismissed_unread: 1 };
    const supervisor = { group: "supervisor", people: 1, arrived: 1, critical: 1, dismissed_unread: 0 };
    expect((await load(around())).read(LoadReport).rows).toEqual([
      { ...clinician, acknowledged: 0, escalated: 1 },
      { ...supervisor, acknowledged: 1, escalated: 0 },
    ]);
    const hours = (await load(`${around()}&by=hour&zone=Asia/Kolkata`)).read(LoadReport).rows;
    expect(hours.reduce((sum, { arrived }) => sum + arrived, 0)).toBe(4);
    for (const { group } of hours) expect(group).toMatch(/^\d\d$/);
    expect((await load(`territory=south&${around()}`, northBoss)).status).toBe(403);
    expect((await load(around(), south1)).status).toBe(403);
    const file = await server.get(`/api/reports/load?${around()}`, as(southBoss), { Accept: "text/csv" });
    expect(file.text.split("\r\n").slice(0, 2)).toEqual([
      "group,people,arrived,critical,acknowledged,dismissed_unread,escalated",
      "clinician,1,3,1,0,1,1",
    ]);
  });

  it("counts no delegate's copy as told because nobody answered", async () => {
    const escalated = async (): Promise<number> =>
      (await load(around())).read(LoadReport).rows.reduce((sum, row) => sum + row.escalated, 0);
    const before = await escalated();
    await actAs(hospital.knex, "user:south-1", (trx) =>
      trx("availability").insert({
        ...{ user_id: "south-1", status: "away", delegate_id: "south-boss" },
        until: trx.raw("clock_timestamp() + interval '1 hour'"),
      }),
    );
    const id = await hospital.notify("south-1");
    expect(await hospital.asOwner("SELECT user_id FROM notifications WHERE escalated_from = $1", id)).toEqual(
      [{ user_id: "south-boss" }],
    );
    expect(await escalated()).toBe(before);
  });
});

it("counts deliveries by channel and outcome, those of whom was offline apart, of the territory and the time alone", async () => {
  const volume = (query: string, person = hospital.people.southBoss) =>
    server.get(`/api/reports/deliveries?${query}`, as(person));
  const { south1, northBoss } = hospital.people;
  const owner = await hospital.owner("deliveries");
  const settled = async (status: string, reason: string | null): Promise<void> => {
    const id = await hospital.notify("south-1");
    await owner.query("UPDATE deliveries SET status = $2, reason = $3 WHERE notification_id = $1", [
      id,
      status,
      reason,
    ]);
  };
  const counts = async (query: string) => {
    const { rows } = (await volume(query)).read(VolumeReport);
    return new Map(rows.map(({ channel, outcome, deliveries }) => [`${channel} ${outcome}`, deliveries]));
  };
  const before = await counts(around());
  await settled("skipped", "offline");
  await settled("skipped", "preference");
  await settled("failed", "timeout");
  await settled("failed", "timeout");
  const after = await counts(around());
  for (const [group, more] of [
    ["websocket offline", 1],
    ["websocket skipped", 1],
    ["websocket failed", 2],
  ] as const)
    expect((after.get(group) ?? 0) - (before.get(group) ?? 0), group).toBe(more);
  expect(await counts(`from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z`)).toEqual(new Map());
  expect((await volume(`${around()}&territory=south`, northBoss)).status).toBe(403);
  expect((await volume(around(), south1)).status).toBe(403);
  expect((await volume(around(24 * 2_000))).status).toBe(422);
  const file = await server.get(`/api/reports/deliveries?${around()}`, as(hospital.people.southBoss), {
    Accept: "text/csv",
  });
  expect(file.headers.get("content-disposition")).toContain("volume.csv");
  expect(file.text.split("\r\n")[0]).toBe("channel,outcome,deliveries");
});

it("counts ten thousand alerts in time, one report of a person's at a time", async () => {
  const owner = await hospital.owner("notifications", "delivery_events");
  const id = await hospital.notify("north-1", { priority: "critical" });
  await owner.query(
    `WITH more AS (
       INSERT INTO notifications SELECT (jsonb_populate_record(notifications, jsonb_build_object('id', gen_random_uuid()))).*
       FROM notifications, generate_series(1, 12000) WHERE notifications.id = $1 RETURNING id)
     INSERT INTO delivery_events (notification_id, user_id, territory_id, status) SELECT id, 'north-1', 'north', 'delivered' FROM more`,
    [id],
  );
  // The first one waits for a lock, so that it goes on while the second one comes.
  await owner.query("BEGIN");
  await owner.query("LOCK TABLE delivery_events IN ACCESS EXCLUSIVE MODE");
  const first = report(around());
  await until("the first one waits", async () => (await waitingIn(owner)) > 0);
  const { status: second } = await report(around());
  await owner.query("COMMIT");
  expect(second).toBe(429);
  const { rows } = (await first).read(AcknowledgementReport);
  expect(rows.reduce((sum, { delivered }) => sum + delivered.reached, 0)).toBeGreaterThanOrEqual(12_000);
});
