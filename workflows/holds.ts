import { condition } from "@temporalio/workflow";

interface Held {
  deliveryId: string;
  heldMs?: number;
}

/** The waits of deliveries that quiet hours hold, which may change their end meanwhile. */
export interface Holds {
  /** Resolves after so many ms, or before, as what is heard says. */
  wait(deliveryId: string, ms: number): Promise<void>;
  /** Ends the waits of those that are held no longer, or until another time: they ask the database anew. */
  hear(groups: readonly { deliveries: readonly Held[] }[]): void;
}

/** What a time that the database says may differ by from one that it said before; ms. */
const SLACK = 1_000;

export function createHolds(): Holds {
  const until = new Map<string, number>();
  return {
    wait: async (deliveryId, ms) => {
      until.set(deliveryId, Date.now() + ms);
      await condition(() => !until.has(deliveryId), ms);
      until.delete(deliveryId);
    },
    hear: (groups) => {
      for (const { deliveryId, heldMs } of groups.flatMap(({ deliveries }) => deliveries)) {
        const end = until.get(deliveryId);
        if (end !== undefined && heldMs !== undefined && Date.now() + heldMs < end - SLACK)
          until.delete(deliveryId);
      }
    },
  };
}
