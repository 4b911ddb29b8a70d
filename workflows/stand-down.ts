import type { RedeliverInput } from "./messages.ts";
import { makeRound } from "./round.ts";

/**
 * Tells a person, by the channel that told them of a notification, that there is nothing left for them to do. Nodes from before there were stand-downs
 * have neither this workflow nor its activity, so none of them sends the notification once more.
 */
export const standDown = (input: RedeliverInput): Promise<void> => makeRound(input, { by: "standDown" });
