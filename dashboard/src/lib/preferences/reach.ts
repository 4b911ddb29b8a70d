import { LIVE } from "../contract.ts";
import { channelName } from "../words.ts";
import { shown } from "../language.ts";

/** The channel whose addresses are browsers. */
export const PUSH = "push";

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
  const lacking = channels.filter((channel) => unreachable.has(channel));
  const addresses = lacking.filter((channel) => channel !== PUSH).map(channelName);
  const missing = [
    ...(addresses.length > 0 ? [`an address for ${addresses.join(shown(" and "))}`] : []),
    ...(lacking.includes(PUSH) ? ["a device for Push"] : []),
  ];
  const by = reaching.length > 0 ? `They reach you by: ${reaching.join(", ")}.` : "None reaches you yet.";
  if (missing.length === 0) return by;
  const only = reaching.every((way) => way === open) ? " While no page is open, nothing tells you." : "";
  return `${by}${only} Add ${missing.join(shown(", or "))} below.`;
}
