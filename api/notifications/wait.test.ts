import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { createLocalBridge } from "../../channels/websocket/local-bridge.ts";
import type { DeliveryStatus } from "../../channels/contract.ts";
import { secondsOf, waitForAttempts } from "./wait.ts";

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
  await expect.poll(reads).toBe(1);
  await delay(1_300);
  bus.hintProgress("n2");
  await delay(50);
  expect(reads()).toBe(1);
  become("claimed");
  bus.hintProgress("n1");
  await expect.poll(reads).toBe(2);
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
  await expect.poll(reads).toBe(1);
  become("accepted");
  expect(await waiting).toMatchObject([{ status: "accepted" }]);
  expect(reads()).toBe(2);
});

test("while the bus is away a wait reads once a second", async () => {
  const { become, read, reads } = aDelivery();
  const bus = { ...createLocalBridge(), state: () => "down" as const };
  const began = performance.now();
  const waiting = waitForAttempts({ id: "n1", seconds: 30, bus, read, isGone: () => false });
  await expect.poll(reads, { timeout: 5_000 }).toBe(3);
  expect(performance.now() - began).toBeGreaterThan(1_900);
  become("skipped");
  expect(await waiting).toMatchObject([{ status: "skipped" }]);
  expect(reads()).toBe(4);
});

test("a wait ends with its client", async () => {
  const { read, reads } = aDelivery();
  const wait = { id: "n1", seconds: 30, bus: createLocalBridge(), read, isGone: () => true };
  expect(await waitForAttempts(wait)).toBeNull();
  expect(reads()).toBe(1);
});

test("Prefer: wait is read as RFC 7240 writes it, up to 30 s", () => {
  expect(["wait=5", 'respond-async, wait="7"', "wait=100", "await=3", "", undefined].map(secondsOf)).toEqual([
    5, 7, 30, 0, 0, 0,
  ]);
});
