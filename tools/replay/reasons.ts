import type { SkipReason } from "../../channels/contract.ts";

const SKIPPED: Record<SkipReason, string> = {
  offline: "the recipient had no live connection",
  no_address: "the recipient has no verified address there",
  preference: "the recipient has it off for such notifications",
  quiet_hours: "it fell into the recipient's quiet hours",
  throttled: "the recipient had been sent too much there within a short time",
  expired: "it expired before",
  cancelled: "its sender had cancelled it",
  already_handled: "the recipient had dealt with it",
  not_needed: "the recipient had it, or had seen it, by another channel",
  not_configured: "this channel is not set up here",
  not_reachable: "the recipient was disabled, or had left the territory",
  resolved: "its sender had said that the problem is over",
  replaced: "its sender had sent a corrected one",
  covered: "a colleague covered the recipient, and was told in their place",
  below_priority: "it is less urgent than what this channel is used for",
  outdated: "they had been told of it too long ago to be told that it is over",
};

const OTHERS: Record<string, string> = {
  takes_over: "its turn came, since a channel before it had not reached anybody",
  redelivery: "a supervisor asked for it",
  worker_lost: "the node stopped during the attempt, so nobody knows whether it was sent",
  interrupted: "the node stopped during the attempt, so nobody knows whether it was sent",
  no_worker: "no node served this channel",
  timeout: "the channel gave no answer in time",
  plugin_error: "the plugin threw: see the log",
  bridge_unavailable: "the live bus could not be reached",
  to_recipient: "told the recipient once more",
  to_person: "told the person whom the policy names",
  to_topic: "told the people of a topic",
  to_on_call: "told whoever was on call",
  to_last_resort: "told the territory's last resort: the rules are used up",
  to_nobody: "found nobody whom it could tell",
};

/** What a reason says, behind the slug itself: the program's own, or a provider's, which its plugin's README explains. */
export function reasonInWords(reason: string): string {
  const words = Object.hasOwn(SKIPPED, reason) ? SKIPPED[reason as SkipReason] : OTHERS[reason];
  if (words !== undefined) return `${reason} (${words})`;
  return reason.startsWith("to_") ? `${reason} (told everybody with that role)` : reason;
}
