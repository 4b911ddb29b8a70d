import { MockActivityEnvironment } from "@temporalio/testing";
import { DateTime } from "luxon";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { z } from "zod";
import { defineChannel, type Deliverable, type Outcome } from "../../channels/define.ts";
import { createLog } from "../../config/log.ts";
import { must } from "../../config/must.ts";
import { currentTask } from "../../node/worker.ts";
import { actAs } from "../../store/db/knex.ts";
import { claim } from "../../store/transitions/claim.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aContactPoint, aWish } from "../../testing/nouns.ts";
import { createDeliver } from "./deliver.ts";

let hospital: Hospital;
/** The worker, as an activity sees it. */
let worker: MockActivityEnvironment;
let notificationId: string;
let deliveryId: string;
let lines: string[];

beforeAll(async () => {
  hospital = await createHospital();
  await aContactPoint(hospital, { person: "north-1", channel: "email", address: "one@tocsin.example" });
});
beforeEach(async () => {
  lines = [];
  worker = new MockActivityEnvironment();
  notificationId = await hospital.notify("north-1");
  deliveryId = String((await stored())["id"]);
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(() => hospital.close());

const stored = async (): Promise<Record<string, unknown>> => {
  const [row = {}] = await hospital.asOwner(
    "SELECT id, status, reason, attempts FROM deliveries WHERE notification_id = $1",
    notificationId,
  );
  return row;
};

/** Runs the activity on a channel that does as the test says. */
function attempt(deliver: (given: Deliverable) => Promise<Outcome>, name = "websocket") {
  const instance = { deliver, check: async () => ({ ok: true as const }) };
  const channel = defineChannel({
    name,
    config: z.object({}),
    hosts: () => [],
    phi: "redacted",
    idempotent: false,
    start: () => instance,
  });
  const activity = createDeliver({
    knex: hospital.knex,
    channels: { names: () => [channel.name], get: () => ({ channel, instance, address: () => null }) },
    task: currentTask,
    links: { answer: () => null, unsubscribe: () => null },
    onAttempt: () => undefined,
    log: createLog("info", { write: (line) => void lines.push(line) }),
  });
  return worker.run(activity, notificationId, deliveryId);
}

/** An attempt whose channel has taken the message and answers when the test says so, by a clock that the test moves. */
async function atWork() {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const { promise: answer, resolve } = Promise.withResolvers<Outcome>();
  const { promise: handed, resolve: take } = Promise.withResolvers<void>();
  const running = attempt(() => {
    take();
    return answer;
  });
  await handed;
  return { running, resolve };
}

describe("an attempt", () => {
  /** Makes the delivery one by email, in the person's quiet hours. */
  const byEmailAtNight = async (): Promise<void> => {
    const now = DateTime.utc();
    const [start, end] = [now.minus({ hours: 1 }), now.plus({ hours: 1 })].map((at) => at.toFormat("HH:mm"));
    await aWish(hospital, "north-1", {
      quiet_hours: { start: must(start, "start"), end: must(end, "end") },
      time_zone: "UTC",
    });
    onTestFinished(() => aWish(hospital, "north-1", {}));
    await actAs(hospital.knex, `worker:${notificationId}`, (trx) =>
      trx("deliveries").where({ id: deliveryId }).update({ channel: "email" }),
    );
  };

  it("outside waits for the end of quiet hours that began since it was planned, and hands over nothing", async () => {
    await byEmailAtNight();
    const deliver = vi.fn<(given: Deliverable) => Promise<Outcome>>(async () => ({ kind: "delivered" }));
    expect(await attempt(deliver, "email")).toMatchObject({ status: "queued", held: true });
    expect(deliver).not.toHaveBeenCalled();
    expect(await stored()).toMatchObject({ status: "queued", reason: "quiet_hours", attempts: 0 });
  });

  it.each([
    ["a channel that takes over from another one waits for the end of", "sms", null, "queued"],
    [
      "the channel by which a supervisor has it sent once more does not wait for the end of",
      ...["email", null, "delivered"],
    ],
    [
      "a channel that was ended before it was tried, of what is open again, waits for the end of",
      ...["email", "now", "queued"],
    ],
  ])("by %s quiet hours", async (_, former, heldUntil, status) => {
    await byEmailAtNight();
    const owner = await hospital.owner("deliveries");
    await owner.query(
      `WITH former AS (
         INSERT INTO deliveries (id, notification_id, user_id, territory_id, channel, position, round, status)
         SELECT gen_random_uuid(), notification_id, user_id, territory_id, $2, 1, 7, 'failed' FROM deliveries WHERE id = $1
         RETURNING id)
       UPDATE deliveries SET redelivery_of = former.id, round = 1000000, hold_until = $3::timestamptz FROM former WHERE deliveries.id = $1`,
      [deliveryId, former, heldUntil],
    );
    expect(await attempt(async () => ({ kind: "delivered" }), "email")).toMatchObject({ status });
  });

  it("goes by PostgreSQL's clock, whatever the node's says of the hours", async () => {
    await byEmailAtNight();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 12 * 3_600_000 });
    expect(await attempt(async () => ({ kind: "delivered" }), "email")).toMatchObject({ held: true });
    const [row] = await hospital.asOwner(
      "SELECT hold_until < now() + interval '61 minutes' AS soon FROM deliveries WHERE id = $1",
      deliveryId,
    );
    expect(row).toEqual({ soon: true });
  });

  it("gives a sign of life every 3 s while its channel is at work, and none after", async () => {
    let beats = 0;
    worker.on("heartbeat", () => (beats += 1));
    const { running, resolve } = await atWork();
    vi.advanceTimersByTime(2_999);
    expect(beats).toBe(0);
    vi.advanceTimersByTime(6_001);
    expect(beats).toBe(3);
    resolve({ kind: "delivered" });
    expect(await running).toMatchObject({ status: "delivered" });
    vi.advanceTimersByTime(60_000);
    expect(beats).toBe(3);
  });

  it("keeps its claim while its channel is at work, however long that takes", async () => {
    const { running, resolve } = await atWork();
    await actAs(hospital.knex, `worker:${notificationId}`, (trx) =>
      trx("deliveries").where({ id: deliveryId }).update({ lease_until: new Date() }),
    );
    vi.advanceTimersByTime(5_000);
    const other = async () => await claim(hospital.knex, notificationId, deliveryId, ["websocket"]);
    const isKept = async (): Promise<unknown> =>
      (
        await hospital.asOwner("SELECT lease_until > now() AS kept FROM deliveries WHERE id = $1", deliveryId)
      )[0];
    await expect.poll(isKept).toEqual({ kept: true });
    expect(await other()).toMatchObject({ status: "queued" });
    resolve({ kind: "delivered" });
    expect(await running).toMatchObject({ status: "delivered" });
    expect(await stored()).toMatchObject({ attempts: 1 });
  });

  it("whose channel can't send now is logged with its ids and the reason, and nothing else of it", async () => {
    expect(await attempt(async () => ({ kind: "retry", code: "busy" }))).toMatchObject({ status: "queued" });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        level: 30,
        notificationId,
        deliveryId,
        channel: "websocket",
        attempt: 1,
        code: "busy",
      }),
    ]);
    await attempt(async () => ({ kind: "delivered" }));
    expect(lines).toHaveLength(1);
  });

  it("that is cancelled while its channel is at work may have sent, and says so", async () => {
    const running = attempt(({ signal }) => {
      worker.cancel("WORKER_SHUTDOWN");
      expect(signal.aborted).toBe(true);
      return new Promise(() => {});
    });
    expect(await running).toMatchObject({ status: "unknown" });
    expect(await stored()).toMatchObject({ status: "unknown", reason: "aborted", attempts: 1 });
  });

  it("that is cancelled keeps the outcome that its channel still answers", async () => {
    const running = attempt(async ({ signal }) => {
      worker.cancel("WORKER_SHUTDOWN");
      return signal.aborted ? { kind: "delivered" } : { kind: "retry", code: "busy" };
    });
    expect(await running).toMatchObject({ status: "delivered" });
    expect(await stored()).toMatchObject({ status: "delivered", attempts: 1 });
  });

  it("that was cancelled before it began hands over nothing, and is still to be made", async () => {
    worker.cancel("WORKER_SHUTDOWN");
    const handed = vi.fn<() => Promise<Outcome>>(async () => ({ kind: "delivered" }));
    expect(await attempt(handed)).toMatchObject({ status: "queued" });
    expect(handed).not.toHaveBeenCalled();
    expect(await stored()).toMatchObject({ status: "queued", reason: "aborted" });
  });
});
