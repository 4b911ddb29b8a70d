import { condition, workflowInfo } from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";
import { local } from "./local.ts";
import { createHolds } from "./holds.ts";
import { createRoom } from "./room.ts";
import { deliverInTurn, type Group } from "./turn.ts";

const { escalate } = local;

type Work = Awaited<ReturnType<Activities["escalate"]>>;

/** Whether somebody said that the database has news. */
export interface Hint {
  given: boolean;
}

/**
 * Makes the deliveries of a notification, and takes the steps of its escalation until there is no step left to wait for.
 * @param anew goes on in a new run, once the history has grown long
 */
export async function deliverAndEscalate(
  id: string,
  work: Work,
  hint: Hint,
  anew: () => Promise<never>,
): Promise<void> {
  const deliveries = deliverSideBySide(() => {
    hint.given = true;
  });
  /** Older histories, whose groups say nothing of `firstMs`, heed no hint while no step is to come. */
  let heeds = false;
  for (;;) {
    deliveries.begin(work.groups);
    heeds ||= work.groups.some(({ firstMs }) => firstMs !== undefined);
    if (work.nextMs !== null) await condition(() => hint.given, Math.max(1, work.nextMs));
    else {
      // A delivery may wait for hours, and the alert be raised meanwhile.
      await condition(() => deliveries.areOver() || (heeds && hint.given));
      if (!heeds || !hint.given) break;
    }
    hint.given = false;
    // Deliveries under way are in the database, which answers them to the next run as work left.
    if (workflowInfo().continueAsNewSuggested) await anew();
    work = await escalate(id);
  }
  await deliveries.done();
}

/** Temporal lets a workflow wait for 2,000 attempts at most: that is room for those of ten channels. */
const MOST_UNDER_WAY = 200;

/**
 * Groups go on side by side while the workflow waits; one that is under way is not begun again. Attempts by a channel take turns, and one that is
 * to be repeated keeps no place meanwhile: a provider that is away for hours would hold up everybody else.
 */
function deliverSideBySide(onStepDue: () => void): {
  begin(groups: Group[]): void;
  areOver(): boolean;
  /** @throws what one of them threw */
  done(): Promise<unknown>;
} {
  const begun = new Set<string>();
  const running: Promise<void>[] = [];
  const how = { onStepDue, room: createRoom(MOST_UNDER_WAY), holds: createHolds() };
  let underWay = 0;
  const beginOne = (group: Group): void => {
    underWay += 1;
    const over = deliverInTurn(group, how).finally(() => {
      underWay -= 1;
    });
    running.push(over);
  };
  return {
    begin: (groups) => {
      how.holds.hear(groups);
      for (const group of groups) {
        const fresh = group.deliveries.filter(({ deliveryId }) => !begun.has(deliveryId));
        for (const { deliveryId } of fresh) begun.add(deliveryId);
        if (fresh.length > 0) beginOne({ ...group, deliveries: fresh });
      }
    },
    areOver: () => underWay === 0,
    done: async () => {
      for (let seen = -1; seen < running.length;) {
        seen = running.length;
        await Promise.all(running);
      }
    },
  };
}
