import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { must } from "../../config/must.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aContactPoint, aPerson } from "../../testing/nouns.ts";
import { actAs } from "../db/knex.ts";
import { act } from "./act.ts";
import { workLeft } from "./arrive.ts";
import { type AttemptResult, type Claim, claim, giveUp, hold, renew, settle } from "./claim.ts";
import { receive } from "./receive.ts";

let hospital: Hospital;
let id: string;
/** The deliveries of `id` by their channel. */
let deliveries: Record<string, string>;

beforeAll(async () => {
  hospital = await createHospital({ channels: ["websocket", "email", "sms"] });
  for (const person of ["north-1", "north-2"])
    for (const channel of ["email", "sms"])
      await aContactPoint(hospital, { person, channel, address: `${channel}-of-${person}` });
});
beforeEach(() => send("high"));
afterAll(() => hospital.close());

async function send(priority: "high" | "critical", person = "north-1"): Promise<void> {
  id = await hospital.notify(person, { priority });
  const rows = await hospital.asOwner("SELECT id, channel FROM deliveries WHERE notification_id = $1", id);
  deliveries = Object.fromEntries(rows.map((row) => [String(row["channel"]), String(row["id"])]));
}

const delivery = (channel: string): string => must(deliveries[channel], `delivery on ${channel}`);
const attempt = (channel: string, idempotent: string[] = []): Promise<Claim | AttemptResult> =>
  claim(hospital.knex, id, delivery(channel), idempotent);

async function claimed(channel: string): Promise<Claim> {
  const answer = await attempt(channel);
  if ("status" in answer) throw new Error(`not claimed: ${JSON.stringify(answer)}`);
  return answer;
}

const state = async (channel: string) =>
  (
    await hospital.asOwner("SELECT status, reason, attempts FROM deliveries WHERE id = $1", delivery(channel))
  )[0];
const leaseIsOver = (channel: string) =>
  actAs(hospital.knex, `worker:${id}`, (trx) =>
    trx("deliveries")
      .where({ id: delivery(channel) })
      .update({ lease_until: new Date(Date.now() - 1_000) }),
  );
const seq = async (): Promise<number> =>
  Number((await hospital.asOwner("SELECT seq FROM notifications WHERE id = $1", id))[0]?.["seq"]);
const onDevice = async (): Promise<unknown> => {
  const to = await seq();
  return await receive(hospital.knex, "north-1", { after: to - 1, to }, { after: to, to });
};
const onPage = async (): Promise<unknown> => {
  const to = await seq();
  return await receive(hospital.knex, "north-1", { after: to - 1, to }, { after: to - 1, to });
};

const ACCEPTED = { status: "accepted", reason: null } as const;
const FAILED = { status: "failed", reason: "refused" } as const;
const AGAIN = { status: "queued", reason: "busy", retryAfterMs: 1_000 } as const;

it("of the live channel that is tried for long has its first try and its end on timeline and record, with the number of tries", async () => {
  for (let tries = 0; tries < 5; tries += 1)
    await settle(hospital.knex, await claimed("websocket"), {
      status: "queued",
      reason: "bridge_unavailable",
    });
  await settle(hospital.knex, await claimed("websocket"), { status: "accepted", reason: null });
  const noted = await hospital.asOwner(
    "SELECT status, attempt FROM delivery_events WHERE delivery_id = $1 ORDER BY id",
    delivery("websocket"),
  );
  expect(noted.map(({ status, attempt: number }) => [status, number])).toEqual([
    ["claimed", 1],
    ["queued", 1],
    ["accepted", 6],
  ]);
  const recorded = await hospital.asOwner(
    "SELECT (payload->>'attempt')::int AS attempt FROM audit_events WHERE action = 'delivery.attempt' AND payload->>'delivery_id' = $1 ORDER BY id",
    delivery("websocket"),
  );
  expect(recorded).toEqual([{ attempt: 1 }, { attempt: 6 }]);
});

describe("a claim", () => {
  it("holds a delivery against every other attempt, as long as its lease is renewed", async () => {
    const first = await claimed("email");
    const other = await attempt("email", ["email"]);
    expect(other).toMatchObject({ status: "queued" });
    expect("status" in other && other.retryAfterMs).toBeGreaterThan(10_000);
    await leaseIsOver("email");
    expect(await renew(hospital.knex, first)).toBe(true);
    expect(await attempt("email", ["email"])).toMatchObject({ status: "queued" });
  });

  it("is taken over once its lease is over, where the channel takes the same delivery once", async () => {
    const first = await claimed("email");
    await leaseIsOver("email");
    expect(await attempt("email", ["email"])).toMatchObject({ attempt: 2 });
    expect(await renew(hospital.knex, first)).toBe(false);
  });

  it("whose worker was lost ends as unknown, since the delivery may have been sent", async () => {
    await claimed("email");
    await leaseIsOver("email");
    expect(await attempt("email")).toMatchObject({ status: "unknown", nextMs: 0 });
  });

  it("whose worker was lost is made again for a critical notification", async () => {
    await send("critical");
    await claimed("email");
    await leaseIsOver("email");
    expect(await attempt("email")).toMatchObject({ attempt: 2 });
  });
});

describe("a claim after the notification's time", () => {
  it("sends nothing, though nothing has ended the notification yet", async () => {
    await actAs(hospital.knex, `worker:${id}`, (trx) =>
      trx("notifications")
        .where({ id })
        .update({ expires_at: new Date(Date.now() - 1_000) }),
    );
    expect(await attempt("email")).toMatchObject({ status: "skipped" });
    expect(await state("email")).toMatchObject({ reason: "expired", attempts: 0 });
  });
});

describe("a critical notification whose channels all fail", () => {
  const dueIn = async (): Promise<number> => {
    const [row] = await hospital.asOwner(
      "SELECT extract(epoch FROM next_step_at - clock_timestamp()) AS seconds FROM notifications WHERE id = $1",
      id,
    );
    return Number(row?.["seconds"]);
  };
  const ends = async (channel: string, outcome: { status: "failed" | "skipped"; reason: string }) =>
    await settle(hospital.knex, await claimed(channel), outcome);
  const OFFLINE = { status: "skipped", reason: "offline" } as const;

  it("tells somebody else at once, when the last of them has", async () => {
    await send("critical");
    expect(await ends("websocket", OFFLINE)).not.toHaveProperty("stepDue");
    expect(await ends("email", FAILED)).not.toHaveProperty("stepDue");
    expect(await dueIn()).toBeGreaterThan(60);
    expect(await ends("sms", FAILED)).toMatchObject({ stepDue: true });
    expect(await dueIn()).toBeLessThanOrEqual(0);
  });

  it("leaves the rules their time where one took it, or where its recipient is merely offline", async () => {
    await send("critical");
    await settle(hospital.knex, await claimed("email"), ACCEPTED);
    await ends("websocket", OFFLINE);
    expect(await ends("sms", FAILED)).not.toHaveProperty("stepDue");
    expect(await dueIn()).toBeGreaterThan(60);
    await send("critical", "north-boss");
    expect(await ends("websocket", OFFLINE)).not.toHaveProperty("stepDue");
    expect(await dueIn()).toBeGreaterThan(60);
  });
});

describe("an outcome", () => {
  it("of an attempt that outlived its lease changes nothing once a later one has begun", async () => {
    const first = await claimed("email");
    await leaseIsOver("email");
    const second = await attempt("email", ["email"]);
    // Nor does it begin the next channel beside the later attempt.
    expect(await settle(hospital.knex, first, FAILED)).toMatchObject({ status: "queued", nextMs: null });
    expect(await state("email")).toMatchObject({ status: "claimed", attempts: 2 });
    if ("status" in second) throw new Error("not claimed");
    await settle(hospital.knex, second, ACCEPTED);
    await settle(hospital.knex, first, FAILED);
    expect(await state("email")).toMatchObject({ status: "accepted" });
  });

  it("does not undo a receipt that came before it", async () => {
    const live = await claimed("websocket");
    await onDevice();
    expect(await settle(hospital.knex, live, FAILED)).toMatchObject({ status: "delivered" });
  });

  it("of a worker that was lost is unknown, but not while its attempt may be at work", async () => {
    const noWorker = { status: "failed", reason: "no_worker" } as const;
    await claimed("email");
    expect(await giveUp(hospital.knex, id, delivery("email"), noWorker)).toMatchObject({ status: "queued" });
    await leaseIsOver("email");
    expect(await giveUp(hospital.knex, id, delivery("email"), noWorker)).toMatchObject({ status: "unknown" });
    expect(await giveUp(hospital.knex, id, delivery("sms"), noWorker)).toMatchObject({ status: "failed" });
  });

  it("of no worker gives up no critical delivery, which waits on", async () => {
    await send("critical", "north-2");
    const noWorker = { status: "failed", reason: "no_worker" } as const;
    expect(await giveUp(hospital.knex, id, delivery("sms"), noWorker)).toMatchObject({ status: "queued" });
    expect(await state("sms")).toMatchObject({ status: "queued", reason: "no_worker" });
    expect(await attempt("sms")).toMatchObject({ channel: "sms" });
  });

  it("that is held counts as no attempt", async () => {
    const email = await claimed("email");
    const until = new Date(Date.now() + 3_600_000);
    expect(await hold(hospital.knex, email, "quiet_hours", until)).toMatchObject({ held: true });
    expect(await state("email")).toEqual({ status: "queued", reason: "quiet_hours", attempts: 0 });
    expect(await attempt("email")).toMatchObject({ status: "queued", held: true });
  });
});

it("a delivery of a later round goes out though its person has read the notification", async () => {
  await send("critical");
  await act(hospital.knex, "north-1", id, { kind: "read" });
  const again = { steps: [{ after_seconds: 60, to: { recipient: true } }], repeat: 0, acknowledgers: 1 };
  await actAs(hospital.knex, `worker:${id}`, (trx) =>
    trx("notifications")
      .where({ id })
      .update({ escalation: JSON.stringify(again), next_step_at: new Date() }),
  );
  await hospital.escalate(id);
  const [later] = await hospital.asOwner(
    "SELECT id FROM deliveries WHERE notification_id = $1 AND round = 1 AND channel = 'email'",
    id,
  );
  expect(await claim(hospital.knex, id, String(later?.["id"]), [])).toMatchObject({ attempt: 1 });
});

it.each([
  ["high", "already_handled"],
  ["critical", "not_needed"],
] as const)(
  "what is to be tried again of a %s notification is not, once it was seen during the attempt: %s",
  async (priority, reason) => {
    await send(priority);
    const email = await claimed("email");
    await onPage();
    expect(await settle(hospital.knex, email, AGAIN)).toMatchObject({ status: "queued" });
    expect(await attempt("email")).toMatchObject({ status: "skipped" });
    expect(await state("email")).toEqual({ status: "skipped", reason, attempts: 1 });
  },
);

it.each([
  ["high", "failed"],
  ["critical", "queued"],
] as const)(
  "once its channel has said again for a day, a delivery of a %s notification is %s",
  async (priority, status) => {
    await send(priority);
    const email = await claimed("email");
    await actAs(hospital.knex, `worker:${id}`, (trx) =>
      trx("deliveries")
        .where({ id: delivery("email") })
        .update({ retry_since: new Date(Date.now() - 25 * 3_600_000) }),
    );
    expect(await settle(hospital.knex, email, AGAIN)).toMatchObject({ status });
  },
);

describe("a channel that says again", () => {
  /** The waits that docs/plugins.md prints, in ms: twice the one before each, and the longest. */
  const [first, last, longest] = [
    ...(/waits are ([\d.]+), .* … (\d+) s, each\stwice the one before, then (\d+) minutes each/
      .exec(readFileSync(join(import.meta.dirname, "../../docs/plugins.md"), "utf8"))
      ?.slice(1)
      .map(Number) ?? []),
  ];
  const waits = async (count: number, outcome: object): Promise<unknown[]> => {
    const all: unknown[] = [];
    while (all.length < count)
      all.push(
        (
          await settle(hospital.knex, await claimed("email"), {
            status: "queued",
            reason: "busy",
            ...outcome,
          })
        ).retryAfterMs,
      );
    return all;
  };

  it.each(["high", "critical"] as const)(
    "without a time is asked for a %s notification after waits that double, up to five minutes",
    async (priority) => {
      await send(priority);
      const doubling = Array.from({ length: 11 }, (_, n) => 250 * 2 ** n);
      expect([first, last, longest]).toEqual([0.25, 256, 5]);
      expect(await waits(13, {})).toEqual([...doubling, 300_000, 300_000]);
    },
  );

  it("with a time is asked then, and for a critical notification within five minutes", async () => {
    const hour = { retryAfterMs: 3_600_000 };
    expect(await waits(1, hour)).toEqual([3_600_000]);
    await send("critical");
    expect(await waits(2, hour)).toEqual([300_000, 300_000]);
  });

  it("is left alone by the reconciler until it is asked", async () => {
    await waits(8, {});
    const [row] = await hospital.asOwner(
      "SELECT extract(epoch FROM next_check_at - updated_at)::float8 AS left FROM deliveries WHERE id = $1",
      delivery("email"),
    );
    expect(row?.["left"]).toBeCloseTo(32 + 10, 1);
  });
});

describe("the next channel", () => {
  it("begins at once after one that failed, and after a minute beside one that is to be tried again", async () => {
    expect(await settle(hospital.knex, await claimed("websocket"), FAILED)).toMatchObject({ nextMs: 0 });
    const again = await settle(hospital.knex, await claimed("email"), AGAIN);
    expect(again).toMatchObject({ status: "queued", retryAfterMs: 1_000 });
    expect(again.nextMs).toBeGreaterThan(30_000);
    expect(again.nextMs).toBeLessThanOrEqual(60_000);
  });

  it("waits 30 s for a device, and is not needed once one has it", async () => {
    const told = await settle(hospital.knex, await claimed("websocket"), ACCEPTED);
    expect(told.nextMs).toBeGreaterThan(29_000);
    expect(told.nextMs).toBeLessThanOrEqual(30_000);
    await onDevice();
    expect(await attempt("email")).toMatchObject({ status: "skipped", nextMs: null });
    expect(await state("sms")).toMatchObject({ status: "skipped", reason: "not_needed" });
  });

  it("is not needed once an outside provider has it", async () => {
    await settle(hospital.knex, await claimed("websocket"), FAILED);
    expect(await settle(hospital.knex, await claimed("email"), ACCEPTED)).toMatchObject({ nextMs: null });
    expect(await state("sms")).toMatchObject({ status: "skipped", reason: "not_needed" });
  });

  it("of a critical notification begins in spite of devices and providers, until somebody has seen it", async () => {
    await send("critical");
    await settle(hospital.knex, await claimed("websocket"), ACCEPTED);
    await onDevice();
    const email = await settle(hospital.knex, await claimed("email"), ACCEPTED);
    expect(email.nextMs).toBeGreaterThan(14_000);
    expect(email.nextMs).toBeLessThanOrEqual(15_000);
    expect(await state("sms")).toMatchObject({ status: "queued" });
    await onPage();
    expect(await attempt("sms")).toMatchObject({ status: "skipped", nextMs: null });
  });

  it("of a critical notification begins as soon beside one that is to be tried again, or does not answer", async () => {
    await send("critical");
    const again = await settle(hospital.knex, await claimed("email"), AGAIN);
    expect(again.nextMs).toBeGreaterThan(14_000);
    expect(again.nextMs).toBeLessThanOrEqual(15_000);
    const times = { besideMs: 15_000, besideLiveMs: 15_000, firstMs: 0 };
    expect((await workLeft(hospital.knex, id)).groups).toMatchObject([times]);
    await send("high");
    const others = { besideMs: 60_000, besideLiveMs: null, firstMs: 0 };
    expect((await workLeft(hospital.knex, id)).groups).toMatchObject([others]);
  });

  it("waits its time where a workflow begins anew after the one before took the message", async () => {
    for (const [priority, most] of [
      ["critical", 15_000],
      ["high", 30_000],
    ] as const) {
      await send(priority);
      await settle(hospital.knex, await claimed("websocket"), ACCEPTED);
      const [group] = (await workLeft(hospital.knex, id)).groups;
      expect(group?.deliveries).toMatchObject([{ channel: "email" }, { channel: "sms" }]);
      expect(group?.firstMs).toBeGreaterThan(most - 5_000);
      expect(group?.firstMs).toBeLessThanOrEqual(most);
      await settle(hospital.knex, await claimed("email"), FAILED);
      expect((await workLeft(hospital.knex, id)).groups).toMatchObject([{ firstMs: 0 }]);
    }
  });

  it("of a critical notification waits as long as its territory says", async () => {
    await send("critical", "north-2");
    const settings = (value: object) =>
      actAs(hospital.knex, "user:admin", (trx) =>
        trx("territories").where({ id: "north" }).update({ settings: value }),
      );
    await settings({ takeover_seconds: 0 });
    expect(await settle(hospital.knex, await claimed("websocket"), ACCEPTED)).toMatchObject({ nextMs: 0 });
    expect((await workLeft(hospital.knex, id)).groups).toMatchObject([{ besideMs: 0, besideLiveMs: 0 }]);
    // A channel that says again is not waited for longer than a minute, whatever the territory says.
    await settings({ takeover_seconds: 300 });
    const { nextMs: accepted } = await settle(hospital.knex, await claimed("email"), ACCEPTED);
    expect(accepted).toBeGreaterThan(290_000);
    await send("critical", "north-2");
    const { nextMs: again } = await settle(hospital.knex, await claimed("email"), AGAIN);
    expect(again).toBeGreaterThan(50_000);
    expect(again).toBeLessThanOrEqual(60_000);
    await settings({});
  });

  it.each(["read", "acknowledge"] as const)("is not needed after the act to %s", async (kind) => {
    await send("critical");
    await act(hospital.knex, "north-1", id, { kind });
    const reason = kind === "read" ? "not_needed" : "already_handled";
    expect(await state("email")).toMatchObject({ status: "skipped", reason });
    // The live channel still shows the change to a person who is connected.
    expect(await state("websocket")).toMatchObject({ status: "queued" });
  });
});

describe("a person who stopped being reachable", () => {
  const disable = (at: Date | null) =>
    actAs(hospital.knex, "user:admin", (trx) =>
      trx("users").where({ id: "north-1" }).update({ disabled_at: at }),
    );

  it("gets nothing by any channel, and the next step is due at once", async () => {
    await send("critical");
    await disable(new Date());
    for (const channel of ["websocket", "email"]) {
      expect(await attempt(channel)).toMatchObject({ status: "skipped", stepDue: true });
      expect(await state(channel)).toMatchObject({ reason: "not_reachable" });
    }
    const [root] = await hospital.asOwner(
      "SELECT next_step_at <= now() AS due FROM notifications WHERE id = $1",
      id,
    );
    expect(root).toEqual({ due: true });
    await disable(null);
    expect(await attempt("sms")).toMatchObject({ attempt: 1 });
  });

  it.each([
    ["before it arrived", "north-over-1"],
    ["after it had arrived", "north-over-2"],
  ])(
    "since they went over to another territory, %s, gets nothing of what the former one sends",
    async (when, person) => {
      await aPerson(hospital, { id: person, territory: "north" });
      await aContactPoint(hospital, { person, channel: "email", address: `${person}@tocsin.example` });
      const goesOver = () =>
        actAs(hospital.knex, "user:admin", async (trx) => {
          await trx("memberships").where({ user_id: person }).delete();
          await trx("memberships").insert({ user_id: person, territory_id: "south", role: "clinician" });
        });
      id = await hospital.accept(person, { priority: "critical" });
      if (when.startsWith("before")) await goesOver();
      await hospital.persist(id);
      if (when.startsWith("after")) await goesOver();
      const rows = await hospital.asOwner(
        "SELECT id, channel FROM deliveries WHERE notification_id = $1",
        id,
      );
      deliveries = Object.fromEntries(rows.map((row) => [String(row["channel"]), String(row["id"])]));
      expect(await attempt("websocket")).toMatchObject({ status: "skipped", stepDue: true });
      expect(await state("websocket")).toEqual({ status: "skipped", reason: "not_reachable", attempts: 0 });
      expect(await attempt("email")).toMatchObject({ status: "skipped" });
      expect(await state("email")).toEqual({ status: "skipped", reason: "not_reachable", attempts: 0 });
    },
  );

  it("whom no channel has a way to has somebody else told at once", async () => {
    const due = async (channel: string): Promise<unknown> => {
      const alert = await hospital.notify("south-1", { priority: "critical", channels: [channel] });
      const [row] = await hospital.asOwner(
        "SELECT next_step_at <= now() AS due FROM notifications WHERE id = $1",
        alert,
      );
      return row?.["due"];
    };
    expect(await due("email")).toBe(true);
    expect(await due("websocket")).toBe(false);
  });
});
