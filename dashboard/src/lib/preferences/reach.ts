import { LIVE } from "../contract.ts";
import { channelName } from "../words.ts";

/**
 * By what critical alerts reach a person, and what is missing.
 *
 * @param channels those that are on
 * @param unreachable those of them that have no confirmed address of the person
 */
export function reachWords(channels: readonly string[], unreachable: ReadonlySet<string>): string {
  const open = "an open page of Tocsin";
  const reaching = channels
    .filter((channel) => !unreachable.has(channel))
    .map((channel) => (channel === LIVE ? open : channelName(channel)));
  const missing = channels.filter((channel) => unreachable.has(channel)).map(channelName);
  const by = reaching.length > 0 ? `They reach you by: ${reaching.join(", ")}.` : "None reaches you yet.";
  if (missing.length === 0) return by;
  const only = reaching.every((way) => way === open) ? " While no page is open, nothing tells you." : "";
  return `${by}${only} Add an address for ${missing.join(" and ")} below.`;
}
