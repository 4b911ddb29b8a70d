import { setImmediate } from "node:timers/promises";
import type { SlotPermit, SlotReserveContext } from "@temporalio/worker";
import { expect, it } from "vitest";
import { createSlots } from "./slots.ts";

const context = (isSticky: boolean): SlotReserveContext => ({
  slotType: "workflow",
  taskQueue: "tocsin.critical",
  workerIdentity: "test",
  workerBuildId: "",
  isSticky,
});

/** Ten slots, four of which polling leaves; `polled` are the permits that polls have had. */
function open() {
  const slots = createSlots(10, 4);
  const polled: SlotPermit[] = [];
  return {
    polled,
    poll: async (abort = new AbortController().signal) => {
      const permit = slots.reserveSlot(context(polled.length % 2 === 0), abort);
      permit.then(
        (got) => polled.push(got),
        () => undefined,
      );
      await setImmediate();
      return permit.catch(() => "gave up");
    },
    eager: () => slots.tryReserveSlot(context(false)),
    release: async (permit: SlotPermit) => {
      slots.releaseSlot({ permit });
      await setImmediate();
    },
  };
}

it("leaves slots to starts, however much waits in Temporal's queue", async () => {
  const { polled, poll, eager } = open();
  for (let n = 0; n < 100; n++) void poll();
  await setImmediate();
  expect(polled).toHaveLength(6);
  expect(Array.from({ length: 5 }, eager).filter((permit) => permit !== null)).toHaveLength(4);
});

it("gives starts all, where nothing else has any", () => {
  const { eager } = open();
  expect(Array.from({ length: 12 }, eager).filter((permit) => permit !== null)).toHaveLength(10);
});

it("gives a slot that is free to the poll that has waited longest, and one of a start to a start", async () => {
  const { polled, poll, eager, release } = open();
  for (let n = 0; n < 8; n++) void poll();
  const started = Array.from({ length: 4 }, eager);
  await setImmediate();
  for (const permit of started) await release(permit ?? {});
  expect(polled).toHaveLength(6);
  await release(polled[0] ?? {});
  expect(polled).toHaveLength(7);
});

it("waits for a start's slot where starts have all", async () => {
  const { polled, poll, eager, release } = open();
  const started = Array.from({ length: 10 }, eager);
  void poll();
  await setImmediate();
  expect(polled).toHaveLength(0);
  await release(started[0] ?? {});
  expect(polled).toHaveLength(1);
});

it("passes over a poll that was given up", async () => {
  const { polled, poll, release } = open();
  for (let n = 0; n < 6; n++) void poll();
  const giveUp = new AbortController();
  const given = poll(giveUp.signal);
  void poll();
  await setImmediate();
  giveUp.abort();
  expect(await given).toBe("gave up");
  await release(polled[0] ?? {});
  await release(polled[1] ?? {});
  expect(polled).toHaveLength(7);
});
