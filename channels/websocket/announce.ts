import type { ChannelLog } from "../plugin.ts";
import type { Bridge } from "./bridge.ts";

/** Tells the nodes of committed changes. Best effort: their sockets find the changes that they missed. */
export function announce(
  bridge: Pick<Bridge, "publish">,
  log: Pick<ChannelLog, "debug">,
  changes: { inboxId: string; seq: number; id: string }[],
): void {
  for (const { inboxId, seq, id } of changes) {
    bridge
      .publish(inboxId, { seq, id })
      .catch((err: unknown) => log.debug({ err }, "a change was not announced"));
  }
}
