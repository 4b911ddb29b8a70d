import { LIVE } from "../../channels/contract.ts";
import type { Bridge } from "../../channels/websocket/bridge.ts";
import { must } from "../../config/must.ts";
import type { InboxChange } from "../../store/notifications/inbox.ts";
import type { PlannedRow } from "../../store/transitions/arrive.ts";

/** Who has a socket, by their inboxes; null where the bus is away and nobody knows. */
export type Online = ReadonlySet<string> | null;

export const whoIsOnline = (bridge: Pick<Bridge, "online">): Promise<Online> =>
  bridge.online().then(
    (inboxes) => new Set(inboxes),
    () => null,
  );

/** The same arrival at somebody without a socket. */
export const withoutLive = <To extends { deliveries: PlannedRow[] }>(arrival: To): To => ({
  ...arrival,
  deliveries: arrival.deliveries.map((one) =>
    one.channel === LIVE && one.skip === null ? { ...one, skip: "offline" } : one,
  ),
});

/**
 * Tells the sockets of a page's people, each once; answers the notifications of those who have one, and of those who have none. Null where the
 * bus is away: then nobody knows who has a socket, and live deliveries that are queued stay so.
 */
export async function tell(
  bridge: Pick<Bridge, "nodesOf" | "publish">,
  changes: InboxChange[],
): Promise<{ live: string[]; offline: string[] } | null> {
  try {
    /** The last change of each inbox: whoever is told of it reads those before it too. */
    const last = new Map(changes.map((change) => [change.inboxId, change]));
    const inboxes = [...last.keys()];
    const nodes = await bridge.nodesOf(inboxes);
    const online = new Set(inboxes.filter((_, index) => must(nodes[index], "count of nodes") > 0));
    await Promise.all(
      [...last.values()]
        .filter(({ inboxId }) => online.has(inboxId))
        .map(({ inboxId, seq, id }) => bridge.publish(inboxId, { seq, id })),
    );
    const those = (has: boolean): string[] =>
      changes.filter(({ inboxId }) => online.has(inboxId) === has).map(({ id }) => id);
    return { live: those(true), offline: those(false) };
  } catch {
    return null;
  }
}
