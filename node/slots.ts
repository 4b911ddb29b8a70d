import type { CustomSlotSupplier, SlotPermit, WorkflowSlotInfo } from "@temporalio/worker";

const POLLED: SlotPermit = {};
const EAGER: SlotPermit = {};

/**
 * Slots for a worker's workflow tasks, some of which only eager ones get: those of the workflows that this node starts. Thousands of
 * timers that fire at once, as those of a flood's escalations do, fill Temporal's queue and all slots that polling gets, yet hold up no start.
 * @param all how many workflows the worker advances at a time
 * @param forStarts how many of them polling leaves free
 */
export function createSlots(all: number, forStarts: number): CustomSlotSupplier<WorkflowSlotInfo> {
  let taken = 0;
  let polled = 0;
  const waiting = new Set<() => void>();
  const next = (): void => {
    const [first] = waiting;
    if (first === undefined || taken >= all || polled >= all - forStarts) return;
    waiting.delete(first);
    first();
  };

  return {
    type: "custom",
    reserveSlot: async (_context, abort) => {
      const slot = Promise.withResolvers<SlotPermit>();
      const take = (): void => {
        taken++;
        polled++;
        slot.resolve(POLLED);
      };
      const giveUp = (): void => {
        waiting.delete(take);
        slot.reject(abort.reason);
      };
      waiting.add(take);
      abort.addEventListener("abort", giveUp, { once: true });
      next();
      return await slot.promise.finally(() => abort.removeEventListener("abort", giveUp));
    },
    tryReserveSlot: () => {
      if (taken >= all) return null;
      taken++;
      return EAGER;
    },
    markSlotUsed: () => {},
    releaseSlot: ({ permit }) => {
      taken--;
      if (permit === POLLED) polled--;
      next();
    },
  };
}
