import { afterEach, describe, expect, test, vi } from "vitest";
import { createLocalBridge } from "./local-bridge.ts";
import { createRedisBridge } from "./redis-bridge.ts";
import type { Bridge } from "./bridge.ts";
import { RECEIPT_TIMEOUT_MS, websocketChannel } from "./channel.ts";
import type { ChannelInstance, Deliverable } from "../plugin.ts";
import { silent } from "./testing/node.ts";

afterEach(() => vi.useRealTimers());

async function start(bridge: Bridge): Promise<ChannelInstance> {
  const unused = (): never => {
    throw new Error("the live channel reaches no host");
  };
  const tools = { fetch: unused, connect: unused, limiter: unused, secret: unused };
  return websocketChannel(bridge).start({}, { ...tools, log: silent });
}

function deliverable(signal = new AbortController().signal): Deliverable {
  return {
    message: {
      notificationId: "n1",
      deliveryId: "d1",
      seq: 1,
      category: "patient_alert",
      priority: "high",
      urgency: "high",
      title: null,
      text: "Bed 4",
      createdAt: "2026-01-01T00:00:00.000Z",
    },
    recipient: { userId: "u1", inboxId: "i1", address: null },
    attempt: 1,
    purpose: "notification",
    idempotencyKey: "d1",
    signal,
  };
}

describe("the live channel", () => {
  test("is offline where nobody listens", async () => {
    const { deliver } = await start(createLocalBridge());
    expect(await deliver(deliverable())).toEqual({ kind: "reject", code: "offline" });
  });

  test("is delivered once the receipt is there, even if the receipt comes before the publish returns", async () => {
    const bridge = createLocalBridge();
    await bridge.subscribe("i1", ({ id }) => bridge.hint(id));
    const { deliver } = await start(bridge);
    expect(await deliver(deliverable())).toEqual({ kind: "delivered" });
  });

  test("is accepted where no receipt comes, or the wait is aborted", async () => {
    const bridge = createLocalBridge();
    const abort = new AbortController();
    await bridge.subscribe("i1", () => abort.abort());
    const { deliver } = await start(bridge);
    vi.useFakeTimers();
    expect(await deliver(deliverable(abort.signal))).toEqual({ kind: "accepted" });
    const isOver = vi.fn<() => void>();
    const waiting = deliver(deliverable()).finally(isOver);
    await vi.advanceTimersByTimeAsync(RECEIPT_TIMEOUT_MS - 1);
    expect(isOver).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(await waiting).toEqual({ kind: "accepted" });
  });

  test("asks to be tried again while the bus is away, and its check says so", async () => {
    const bridge = createRedisBridge({ url: "redis://127.0.0.1:1", log: silent });
    const { deliver, check } = await start(bridge);
    expect(await deliver(deliverable())).toMatchObject({
      kind: "retry",
      code: "bridge_unavailable",
      afterMs: 1_000,
    });
    // Each try is on record, so that they grow fewer.
    const waits = [2, 5, 6, 40].map((attempt) => deliver({ ...deliverable(), attempt }));
    expect(await Promise.all(waits)).toMatchObject(
      [2_000, 16_000, 30_000, 30_000].map((afterMs) => ({ afterMs })),
    );
    expect(await check()).toEqual({ ok: false, code: "bridge_unavailable" });
    await bridge.close();
  });
});
