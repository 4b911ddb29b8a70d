import { proxyLocalActivities } from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";

/** How activities are tried again: soon at first, and for as long as it takes. */
export const RETRY = { initialInterval: "200 milliseconds", maximumInterval: "10 seconds" } as const;

/** The activities that answer within seconds, tried until they do: local ones, which cost the workflow no task of its own. */
export const local = proxyLocalActivities<Activities>({
  startToCloseTimeout: "20 seconds",
  retry: RETRY,
});
