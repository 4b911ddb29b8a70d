import { randomUUID } from "node:crypto";
import { TestWorkflowEnvironment } from "@temporalio/testing";
import { Worker } from "@temporalio/worker";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import type { Activities } from "../activities/index.ts";
import { deliveryQueue } from "../channels/contract.ts";
import { createLog } from "../config/log.ts";
import { ENDS_A_RUN, installRuntime } from "../node/worker.ts";
import { bundleWorkflows } from "../node/workflow-bundle.ts";
import { broadcast, notify, redeliver } from "./index.ts";
import { handledSignal } from "./messages.ts";
import { reachedQuery } from "./broadcast.ts";

type Script = {
  [Name in keyof Activities]?: (...args: Parameters<Activities[Name]>) => ReturnType<Activities[Name]>;
};

const taskQueue = `test-${randomUUID()}`;
const NOTHING_LEFT = { groups: [], nextMs: null };

let temporal: TestWorkflowEnvironment;
let stop: () => Promise<unknown>;
/** The database's answers; a test sets them before it starts a workflow. */
let script: Script;
/** Every activity that was asked for, in order. */
let asked: unknown[][];

const play =
  <Name extends keyof Activities>(name: Name) =>
  async (...args: Parameters<Activities[Name]>): Promise<unknown> => {
    asked.push([name, ...args]);
    return await script[name]?.(...args);
  };

beforeAll(async () => {
  installRuntime(createLog("silent"));
  temporal = await TestWorkflowEnvironment.createFromExistingServer({ address: inject("temporalAddress") });
  const bundle = await bundleWorkflows();
  const deliver = play("deliver");
  const activities = {
    deliver,
    persist: play("persist"),
    escalate: play("escalate"),
    skipRest: play("skipRest"),
    broadcastPage: play("broadcastPage"),
    roundLeft: play("roundLeft"),
  };
  const { nativeConnection: connection } = temporal;
  const workers = await Promise.all([
    Worker.create({
      connection,
      workflowBundle: bundle,
      activities,
      taskQueue,
      workflowFailureErrorTypes: ENDS_A_RUN,
    }),
    Worker.create({ connection, activities: { deliver }, taskQueue: deliveryQueue(taskQueue, "pager") }),
  ]);
  const running = workers.map((worker) => worker.run());
  stop = () => {
    for (const worker of workers) worker.shutdown();
    return Promise.all(running);
  };
});
beforeEach(() => {
  script = {};
  asked = [];
});
afterAll(async () => {
  await stop();
  await temporal.teardown();
});

const start = () => {
  const notificationId = randomUUID();
  return temporal.client.workflow.start(notify, {
    workflowId: notificationId,
    taskQueue,
    args: [{ notificationId }],
  });
};
const group = (channel: string, ...deliveries: string[]) => ({
  notificationId: "n",
  deliveries: deliveries.map((deliveryId) => ({ deliveryId, channel })),
});
const names = (): unknown[] => asked.map(([name]) => name);
const settled = async (status: "delivered" | "failed") => ({
  status,
  nextMs: status === "failed" ? 0 : null,
});

it("begins a channel that is asked for in parallel with the one before it, and the next one after those", async () => {
  const first = Promise.withResolvers<void>();
  script.persist = () =>
    Promise.resolve({
      groups: [
        {
          notificationId: "n",
          deliveries: [
            { deliveryId: "a", channel: "pager" },
            { deliveryId: "b", channel: "pager", parallel: true },
            { deliveryId: "c", channel: "pager" },
          ],
        },
      ],
      nextMs: null,
    });
  script.deliver = async (_, id) => {
    // The first hears nothing until the second has begun.
    if (id === "a") await first.promise;
    if (id === "b") first.resolve();
    return { status: id === "c" ? "delivered" : "failed", nextMs: id === "c" ? null : 0 };
  };
  await (await start()).result();
  expect(asked.filter(([name]) => name === "deliver").map(([, , id]) => id)).toEqual(
    expect.arrayContaining(["a", "b", "c"]),
  );
});

it("tries the channels in turn until the database says that no other is needed", async () => {
  script = {
    persist: async () => ({ groups: [group("websocket", "d1", "d2", "d3", "d4")], nextMs: null }),
    deliver: (_, id) => settled(id === "d2" ? "delivered" : "failed"),
  };
  await (await start()).result();
  expect(asked.slice(1)).toEqual([
    ["deliver", "n", "d1"],
    ["deliver", "n", "d2"],
  ]);
});

it("lets the next channel begin as late as the database says, where the one before may have been enough", async () => {
  const begun: number[] = [];
  script = {
    persist: async () => ({ groups: [group("websocket", "d1", "d2")], nextMs: null }),
    deliver: async (_, id) => {
      begun.push(Date.now());
      return { status: "accepted", nextMs: id === "d1" ? 1_200 : null };
    },
  };
  await (await start()).result();
  expect(begun).toHaveLength(2);
  expect(begun.reduce((first, second) => second - first)).toBeGreaterThanOrEqual(1_200);
});

it("begins the next channel beside one that is still being tried", async () => {
  const tried: string[] = [];
  script = {
    persist: async () => ({ groups: [{ ...group("pager", "busy", "other"), besideMs: 500 }], nextMs: null }),
    deliver: async (_, id) => {
      tried.push(id);
      const again = id === "busy" && !tried.includes("other");
      return again
        ? { status: "queued", retryAfterMs: 250, nextMs: 500 }
        : { status: "delivered", nextMs: null };
    },
  };
  await (await start()).result();
  expect(tried.indexOf("other")).toBeGreaterThan(0);
  expect(tried.at(-1)).toBe("busy");
});

it("begins the next channels of a critical notification beside those that do not answer, the live one too", async () => {
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  const tried: string[] = [];
  script = {
    persist: async () => ({
      groups: [{ ...group("websocket", "live", "mail", "sms"), besideMs: 200, besideLiveMs: 200 }],
      nextMs: null,
    }),
    deliver: async (_, id) => {
      tried.push(id);
      if (id === "sms") answer();
      if (id === "mail") await answered;
      return id === "live"
        ? { status: "queued", retryAfterMs: 3_600_000 }
        : { status: "accepted", nextMs: null };
    },
  };
  const { workflowId } = await start();
  await answered;
  expect(tried).toEqual(["live", "mail", "sms"]);
  await temporal.client.workflow.getHandle(workflowId).terminate();
});

it("begins what an alert was raised by while one of its deliveries waits for hours and no step is to come", async () => {
  const tried: string[] = [];
  const { promise: waits, resolve: isWaiting } = Promise.withResolvers<void>();
  script = {
    persist: async () => ({ groups: [{ ...group("pager", "held"), firstMs: 0 }], nextMs: null }),
    deliver: async (_, id) => {
      tried.push(id);
      isWaiting();
      return id === "held"
        ? { status: "queued", held: true, retryAfterMs: 36_000_000 }
        : { status: "delivered", nextMs: null };
    },
    escalate: async () => ({ groups: [{ ...group("pager", "held", "raised"), firstMs: 0 }], nextMs: null }),
  };
  const handle = await start();
  await waits;
  await handle.signal(handledSignal);
  await expect.poll(() => tried).toEqual(["held", "raised"]);
  await handle.terminate();
});

it("gives the channel before the first that is left its time", async () => {
  let begun = 0;
  script = {
    persist: async () => {
      begun = Date.now();
      return { groups: [{ ...group("pager", "mail"), firstMs: 1_200 }], nextMs: null };
    },
    deliver: async () => {
      begun = Date.now() - begun;
      return { status: "delivered", nextMs: null };
    },
  };
  await (await start()).result();
  expect(begun).toBeGreaterThanOrEqual(1_190);
});

it("does not let the next channel begin while one waits for quiet hours to end", async () => {
  const tried: string[] = [];
  script = {
    persist: async () => ({ groups: [{ ...group("pager", "held", "other"), besideMs: 300 }], nextMs: null }),
    deliver: async (_, id) => {
      tried.push(id);
      return tried.length === 1
        ? { status: "queued", held: true, retryAfterMs: 900, nextMs: null }
        : { status: "delivered", nextMs: null };
    },
  };
  await (await start()).result();
  expect(tried).toEqual(["held", "held"]);
});

describe("what quiet hours hold for hours", () => {
  const held = { status: "queued", held: true, retryAfterMs: 36_000_000, nextMs: null } as const;
  const left = (heldMs: number) => ({
    ...{ notificationId: "n", firstMs: 0 },
    deliveries: [{ deliveryId: "held", channel: "pager", heldMs }],
  });
  let tries: number[];
  beforeEach(() => {
    tries = [];
    script = {
      persist: async () => ({ groups: [left(36_000_000)], nextMs: null }),
      roundLeft: async () => [left(tries.length === 0 ? 36_000_000 : 0)],
      escalate: async () => ({ groups: [left(0)], nextMs: null }),
      deliver: async () => {
        tries.push(Date.now());
        return tries.length === 1 ? held : { status: "delivered", nextMs: null };
      },
    };
  });
  const isHeld = async (): Promise<void> => {
    await expect.poll(() => tries.length).toBe(1);
  };
  /** Fails in time where a workflow hears nothing: it would wait for ten hours. */
  const hasTried = async (times: number): Promise<void> => {
    await expect.poll(() => tries.length, { timeout: 20_000 }).toBe(times);
  };

  it("goes out once the workflow hears that they are over", async () => {
    const handle = await start();
    await isHeld();
    await handle.signal(handledSignal);
    await hasTried(2);
    await handle.result();
  });

  it("goes out at their new end, and is asked of no more where that is the old one", async () => {
    let heldMs = 36_000_000;
    script.escalate = async () => ({ groups: [left(heldMs)], nextMs: null });
    script.deliver = async () => {
      tries.push(Date.now());
      return tries.length < 3
        ? { ...held, retryAfterMs: heldMs }
        : { status: "delivered" as const, nextMs: null };
    };
    const handle = await start();
    await isHeld();
    await handle.signal(handledSignal);
    await expect.poll(() => names().filter((name) => name === "escalate")).toHaveLength(1);
    heldMs = 1_500;
    await handle.signal(handledSignal);
    await hasTried(3);
    await handle.result();
    const [, second = 0, third = 0] = tries;
    expect(third - second).toBeGreaterThanOrEqual(1_400);
  });

  it("goes out of a round with a workflow of its own, too", async () => {
    const handle = await temporal.client.workflow.start(redeliver, {
      workflowId: randomUUID(),
      taskQueue,
      args: [{ notificationId: "n", round: 1_000_000 }],
    });
    await isHeld();
    await handle.signal(handledSignal);
    await hasTried(2);
    await handle.result();
  });
});

it("lets the next channel begin beside one that quiet hours held before it said again", async () => {
  const tried: string[] = [];
  script = {
    persist: async () => ({ groups: [{ ...group("pager", "held", "other"), besideMs: 200 }], nextMs: null }),
    deliver: async (_, id) => {
      tried.push(id);
      if (tried.length === 1) return { status: "queued", held: true, retryAfterMs: 600, nextMs: null };
      const again = id === "held" && !tried.includes("other");
      return again
        ? { status: "queued", retryAfterMs: 250, nextMs: 400 }
        : { status: "delivered", nextMs: null };
    },
  };
  await (await start()).result();
  expect(tried.slice(0, 2)).toEqual(["held", "held"]);
  expect(tried).toContain("other");
  expect(tried.at(-1)).toBe("held");
});

it("lets the next channel begin beside one that quiet hours held, and that nobody serves afterwards", async () => {
  const { promise: served, resolve: serve } = Promise.withResolvers<void>();
  const tried: string[] = [];
  script = {
    persist: async () => ({ groups: [{ ...group("pager", "held", "other"), besideMs: 200 }], nextMs: null }),
    deliver: async (_, id) => {
      tried.push(id);
      if (tried.length === 1) return { status: "queued", held: true, retryAfterMs: 600, nextMs: null };
      if (id === "other") serve();
      await served;
      return { status: "delivered", nextMs: null };
    },
  };
  await (await start()).result();
  expect(tried).toEqual(["held", "held", "other"]);
});

it("has no more attempts by a channel under way than Temporal lets it wait for, and makes the others after them", async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const groups = Array.from({ length: 320 }, (_, n) => ({
    ...group("pager", `d${n}`),
    notificationId: `n${n}`,
  }));
  script = {
    persist: async () => ({ groups, nextMs: null }),
    deliver: async () => {
      await released;
      return { status: "delivered", nextMs: null };
    },
  };
  const handle = await start();
  const pending = async () => (await handle.describe()).raw.pendingActivities?.length;
  await expect.poll(pending, { timeout: 100_000 }).toBe(200);
  release();
  await handle.result();
  const delivered = asked.filter(([name]) => name === "deliver").map(([, , id]) => id);
  expect(new Set(delivered).size).toBe(320);
});

it("makes the attempts of hundreds of people beside those of as many that are to be repeated in hours", async () => {
  const again = Array.from({ length: 250 }, (_, n) => group("pager", `again${n}`));
  script = {
    persist: async () => ({ groups: [...again, group("pager", "last")], nextMs: null }),
    deliver: async (_, id) =>
      id === "last"
        ? { status: "delivered", nextMs: null }
        : { status: "queued", retryAfterMs: 3_600_000, nextMs: null },
  };
  const handle = await start();
  await expect
    .poll(() => asked.filter(([name]) => name === "deliver").map(([, , id]) => id), { timeout: 100_000 })
    .toContain("last");
  await handle.terminate();
});

it("begins the next channels of people whose turn at one that hangs has not come", async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const hanging = Array.from({ length: 200 }, (_, n) => group("pager", `hangs${n}`));
  const behind = {
    notificationId: "n",
    besideMs: 100,
    deliveries: [
      { deliveryId: "waits", channel: "pager" },
      { deliveryId: "live", channel: "websocket" },
    ],
  };
  script = {
    persist: async () => ({ groups: [...hanging, behind], nextMs: null }),
    deliver: async (_, id) => {
      if (id !== "live") await released;
      return { status: "delivered", nextMs: null };
    },
  };
  const handle = await start();
  const begun = () => asked.filter(([name]) => name === "deliver").map(([, , id]) => id);
  await expect.poll(begun, { timeout: 60_000 }).toContain("live");
  expect(begun()).not.toContain("waits");
  release();
  await handle.result();
  expect(begun()).toContain("waits");
});

it("takes the next step at once when the recipient can't be reached at all", async () => {
  script = {
    persist: async () => ({ groups: [group("websocket", "d1")], nextMs: 3_600_000 }),
    deliver: async () => ({ status: "skipped", nextMs: null, stepDue: true }),
    escalate: async () => NOTHING_LEFT,
  };
  await (await start()).result();
  expect(names()).toEqual(["persist", "deliver", "escalate"]);
});

it("ends its run when its code breaks, so that it can be started anew", async () => {
  script = { persist: async () => JSON.parse(`{ "groups": null, "nextMs": null }`) };
  const handle = await start();
  await expect(handle.result()).rejects.toThrow(/failed/);
  const { status } = await handle.describe();
  expect(status.name).toBe("FAILED");
});

it("follows histories without times, and puts the rest of the channels on record as not needed", async () => {
  script = {
    persist: async () => ({ groups: [group("websocket", "d1", "d2", "d3")], nextMs: null }),
    deliver: async (_, id) => ({ status: id === "d2" ? ("delivered" as const) : ("failed" as const) }),
  };
  await (await start()).result();
  expect(asked.slice(1)).toEqual([
    ["deliver", "n", "d1"],
    ["deliver", "n", "d2"],
    ["skipRest", "n", ["d3"]],
  ]);
});

it("tries a delivery that stays queued again, after the wait that its channel asked for", async () => {
  const tries: number[] = [];
  script = {
    persist: async () => ({ groups: [group("websocket", "d1")], nextMs: null }),
    deliver: async () => {
      tries.push(Date.now());
      return tries.length < 2
        ? { status: "queued", retryAfterMs: 1_200, nextMs: null }
        : { status: "delivered", nextMs: null };
    },
  };
  await (await start()).result();
  expect(tries).toHaveLength(2);
  expect(tries.reduce((first, second) => second - first)).toBeGreaterThanOrEqual(1_200);
});

it("asks for the work left as soon as somebody handled the notification", async () => {
  script = {
    persist: async () => ({ groups: [], nextMs: 3_600_000 }),
    escalate: async () => NOTHING_LEFT,
  };
  const handle = await start();
  await expect.poll(names).toEqual(["persist"]);
  await handle.signal(handledSignal);
  await handle.result();
  expect(names()).toEqual(["persist", "escalate"]);
});

it("begins a delivery once, though it is still under way when the next step names it again", async () => {
  const { promise: confirmed, resolve: confirm } = Promise.withResolvers<void>();
  script = {
    persist: async () => ({ groups: [group("pager", "slow")], nextMs: 50 }),
    escalate: async () => ({ groups: [group("pager", "slow"), group("websocket", "next")], nextMs: null }),
    deliver: async (_, id) => {
      if (id === "slow") await confirmed;
      else confirm();
      return await settled("delivered");
    },
  };
  await (await start()).result();
  expect(asked.filter(([name]) => name === "deliver")).toEqual([
    ["deliver", "n", "slow"],
    ["deliver", "n", "next"],
  ]);
});

it("holds a notification that is for later, and looks again at its time or when it is cancelled", async () => {
  let cancelled = false;
  script = { persist: async () => (cancelled ? NOTHING_LEFT : { ...NOTHING_LEFT, holdMs: 3_600_000 }) };
  const handle = await start();
  await expect.poll(names).toEqual(["persist"]);
  cancelled = true;
  await handle.signal(handledSignal);
  await handle.result();
  expect(names()).toEqual(["persist", "persist"]);
});

it("looks once at a broadcast that is held when it is told of something, and waits on where that is held still", async () => {
  let pages = 0;
  script = {
    broadcastPage: async () => {
      pages += 1;
      return { reached: 0, after: "", holdMs: pages === 2 ? 2_000 : 3_600_000 };
    },
  };
  const broadcastId = randomUUID();
  const handle = await temporal.client.workflow.start(broadcast, {
    workflowId: broadcastId,
    taskQueue,
    args: [{ broadcastId }],
  });
  await expect.poll(() => pages).toBe(1);
  await handle.signal(handledSignal);
  await expect.poll(() => pages, { timeout: 10_000 }).toBe(3);
  const { events } = await handle.fetchHistory();
  const waits = events?.filter(({ timerFiredEventAttributes }) => timerFiredEventAttributes) ?? [];
  expect(waits).toHaveLength(1);
  await handle.terminate();
});

it("brings a broadcast to one page of people after the other, and tells how many it reached", async () => {
  const { promise: seen, resolve: look } = Promise.withResolvers<void>();
  script = {
    broadcastPage: async (_, after) => {
      if (after === "p2") await seen;
      return { reached: 2, after: after === "" ? "p1" : after === "p1" ? "p2" : null };
    },
  };
  const broadcastId = randomUUID();
  const handle = await temporal.client.workflow.start(broadcast, {
    workflowId: broadcastId,
    taskQueue,
    args: [{ broadcastId }],
  });
  await expect.poll(() => handle.query(reachedQuery)).toBe(4);
  look();
  await handle.result();
  expect(await handle.query(reachedQuery)).toBe(6);
  expect(asked.map(([, , after]) => after)).toEqual(["", "p1", "p2"]);
});
