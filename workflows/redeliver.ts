import type { RedeliverInput } from "./messages.ts";
import { makeRound } from "./round.ts";

/**
 * Makes a round of deliveries that a notification's own workflow, which may be long over, did not plan: a supervisor
 * asked for it, or a provider reported late that a delivery failed.
 */
export const redeliver = (input: RedeliverInput): Promise<void> => makeRound(input);
