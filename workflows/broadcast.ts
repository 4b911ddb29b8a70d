import {
  condition,
  continueAsNew,
  defineQuery,
  patched,
  proxyActivities,
  setHandler,
  sleep,
  workflowInfo,
} from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";
import { deliverAndEscalate, type Hint } from "./alert.ts";
import { waitOf } from "./hold.ts";
import { handledSignal } from "./messages.ts";

const { broadcastPage } = proxyActivities<Activities>({
  startToCloseTimeout: "2 minutes",
  heartbeatTimeout: "10 seconds",
  retry: { initialInterval: "500 milliseconds", maximumInterval: "20 seconds" },
});

export interface BroadcastInput {
  broadcastId: string;
  /** Where the previous run ended; left out at the beginning. */
  after?: string;
  reached?: number;
}

/** How many people a broadcast has reached. */
export const reachedQuery = defineQuery<number>("reached");

/** The pause between pages, in histories that are older than the nodes' own pacing. */
const PAUSE = "50 milliseconds";

/**
 * Brings one message to everybody of a territory, a page of people after the other. Where somebody has to acknowledge it, it then
 * escalates the one alert that stands for all of them.
 */
export async function broadcast({ broadcastId, after = "", reached = 0 }: BroadcastInput): Promise<void> {
  setHandler(reachedQuery, () => reached);
  const hint: Hint = { given: false };
  setHandler(handledSignal, () => {
    hint.given = true;
  });
  let alert: Awaited<ReturnType<Activities["broadcastPage"]>>["alert"];
  for (let place: string | null = after; place !== null;) {
    const page: Awaited<ReturnType<Activities["broadcastPage"]>> = await broadcastPage(broadcastId, place);
    reached += page.reached;
    place = page.after;
    alert = page.alert;
    const wait = waitOf(page);
    if (wait !== null) {
      await condition(() => hint.given, wait);
      // One hint ends one wait: else a broadcast that is held on would be asked for over and over.
      if (hint.given && patched("hint-ends-one-wait")) hint.given = false;
    } else if (place !== null && page.paced !== true) {
      await sleep(PAUSE);
    }
    if (place !== null && workflowInfo().continueAsNewSuggested) {
      await continueAsNew<typeof broadcast>({ broadcastId, after: place, reached });
    }
  }
  if (alert === undefined) return;
  await deliverAndEscalate(broadcastId, alert, hint, () =>
    continueAsNew<typeof broadcast>({ broadcastId, reached }),
  );
}
