import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLocalBridge } from "../../channels/websocket/local-bridge.ts";
import type { DeliveryStatus } from "../../channels/contract.ts";
import { secondsOf, waitForAttempts } from "./wait.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Lets so many ms pass, and what waits for nothing else go on. */
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

/** One delivery whose status a test sets, and how often it was read. */
function aDelivery() {
  const delivery = { status: "queued" as DeliveryStatus, attempts: 0 };
  let reads = 0;
  return {
    become: (status: DeliveryStatus) => void (delivery.status = status),
    read: async () => {
      reads++;
      return [{ ...delivery }];
    },
    reads: () => reads,
  };
}

test("a wait reads at its start, at each hint of its notification, and not in between", async () => {
  const bus = createLocalBridge();
  const { become, read, reads } = aDelivery();
  const waiting = waitForAttempts({ id: "n1", seconds: 20, bus, read, isGone: () => false });
  await pass(10_300);
  bus.hintProgress("n2");
  await pass(50);
  expect(reads()).toBe(1);
  become("claimed");
  bus.hintProgress("n1");
  await pass(0);
  expect(reads()).toBe(2);
  become("delivered");
  bus.hint("n1");
  expect(await waiting).toMatchObject([{ status: "delivered" }]);
  expect(reads()).toBe(3);
});

test("a wait that nothing is hinted at reads once more at its end", async () => {
  const { become, read, reads } = aDelivery();
  const waiting = waitForAttempts({
    id: "n1",
    seconds: 2,
    bus: createLocalBridge(),
    read,
    isGone: () => false,
  });
  become("accepted");
  await pass(1_999);
  expect(reads()).toBe(1);
  await pass(1);
  expect(await waiting).toMatchObject([{ status: "accepted" }]);
  expect(reads()).toBe(2);
});

test("while the bus is away a wait reads once a second", async () => {
  const { become, read, reads } = aDelivery();
  const bus = { ...createLocalBridge(), state: () => "down" as const };
  const waiting = waitForAttempts({ id: "n1", seconds: 30, bus, read, isGone: () => false });
  await pass(1_999);
  expect(reads()).toBe(2);
  await pass(1);
  expect(reads()).toBe(3);
  become("skipped");
  await pass(1_000);
  expect(await waiting).toMatchObject([{ status: "skipped" }]);
  expect(reads()).toBe(4);
});

test("a wait ends with its client", async () => {
  const { read, reads } = aDelivery();
  const wait = { id: "n1", seconds: 30, bus: createLocalBridge(), read, isGone: () => true };
  const waiting = waitForAttempts(wait);
  await pass(1_000);
  expect(await waiting).toBeNull();
  expect(reads()).toBe(1);
});

test("Prefer: wait is read as RFC 7240 writes it, up to 30 s", () => {
  expect(["wait=5", 'respond-async, wait="7"', "wait=100", "await=3", "", undefined].map(secondsOf)).toEqual([
    5, 7, 30, 0, 0, 0,
  ]);
});
