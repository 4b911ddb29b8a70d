import { clockTime } from "../time.ts";
import type { ConnectionState } from "../contract.ts";

/**
 * The state of the live connection as a sentence.
 *
 * @param heardAt when the server was last heard, in ms since the epoch; null when it never was
 */
export function connectionWords(state: ConnectionState, heardAt: number | null, locale?: string): string {
  const shown = heardAt === null ? "" : ` — showing what arrived up to ${clockTime(heardAt, locale)}`;
  switch (state) {
    case "live":
      return "Live";
    case "connecting":
      return "Connecting…";
    case "reconnecting":
      return heardAt === null ? "No live connection yet — trying again" : `Reconnecting${shown}`;
    case "offline":
      return heardAt === null ? "Offline — nothing can arrive" : `Offline${shown}`;
  }
}
