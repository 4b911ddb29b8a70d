import type { RedeliverInput } from "./messages.ts";
import { local } from "./local.ts";
import { deliverInTurn } from "./turn.ts";

const { roundLeft } = local;

/**
 * Tells a person, by the channel that told them of a notification, that there is nothing left for them to do. Nodes from before there were stand-downs
 * have neither this workflow nor its activity, so none of them sends the notification once more.
 */
export async function standDown({ notificationId, round }: RedeliverInput): Promise<void> {
  for (const group of await roundLeft(notificationId, round))
    await deliverInTurn(group, () => undefined, "standDown");
}
