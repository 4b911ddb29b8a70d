import { continueAsNew, proxyActivities, workflowInfo } from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";

const { bulkPages } = proxyActivities<Activities>({
  startToCloseTimeout: "2 minutes",
  heartbeatTimeout: "10 seconds",
  retry: { initialInterval: "500 milliseconds", maximumInterval: "20 seconds" },
});

export interface BulkInput {
  territoryId: string;
}

/** Brings what came in bulk to a territory into its inboxes, page by page, until nothing is due. It knows nothing of what it brings: that is in PostgreSQL. */
export async function bulk({ territoryId }: BulkInput): Promise<void> {
  for (;;) {
    const { isOver } = await bulkPages(territoryId);
    if (isOver) return;
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof bulk>({ territoryId });
  }
}
