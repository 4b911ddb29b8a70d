import type { SkipReason } from "../contract.ts";

const SKIPPED: Record<SkipReason, string> = {
  offline: "The recipient had no live connection. It waits in the inbox and appears when they connect.",
  no_address: "The recipient has no address on file for this channel.",
  preference: "The recipient has turned this channel off for such notifications.",
  quiet_hours: "It fell in the recipient's quiet hours.",
  throttled: "The recipient had been sent too much on this channel within a short time.",
  expired: "It expired before it could be sent.",
  cancelled: "Its sender cancelled it before it could be sent.",
  already_handled: "The recipient had already dealt with it.",
  not_configured: "This channel is not set up here.",
};

/** Slugs besides the contract's: what channels, plugins and the worker record. */
const OTHER: Record<string, string> = {
  acknowledged: "The recipient had already acknowledged it.",
  dismissed: "The recipient had already dismissed it.",
  read: "The recipient had already read it.",
  timeout: "The channel gave no answer in time.",
  aborted: "The attempt was broken off, most likely because the server was stopping.",
  interrupted: "The server stopped during the attempt, so it is unclear whether it was sent.",
  plugin_error: "The channel's own code failed. Whoever runs Tocsin should look at its log.",
  invalid_code: "The channel gave a reason that Tocsin doesn't know.",
  bridge_unavailable: "Tocsin's live bus (Redis) could not be reached. The inbox catches up once it is back.",
  hint_lost: "No receipt came from the recipient's screen in time.",
  no_receipt: "No receipt came from the recipient's screen in time.",
  answer_lost: "It was handed to the provider, but the provider's answer was lost.",
  connection_refused: "The provider could not be reached.",
  connection_lost: "The connection to the provider broke off.",
  unreachable: "The provider could not be reached.",
  unauthorized: "The provider did not accept this site's credentials.",
  invalid_address: "The provider calls the recipient's address invalid.",
  unknown_address: "The provider doesn't know the recipient's address.",
  mailbox_full: "The recipient's mailbox is full.",
  opted_out: "The recipient has told the provider to send nothing.",
  rejected: "The provider refused it.",
  provider_rejected: "The provider refused it.",
  provider_error: "The provider had a fault of its own.",
  rate_limited: "The provider took no more for the moment.",
  undelivered: "The provider could not deliver it.",
};

const SENTENCES = new Map<string, string>([...Object.entries(SKIPPED), ...Object.entries(OTHER)]);

/**
 * Why a delivery was not made, failed or is unclear, as a sentence.
 *
 * @param reason the recorded slug; null when all is well
 */
export function reasonText(reason: string | null): string | null {
  if (reason === null) return null;
  return SENTENCES.get(reason) ?? `The channel gave the reason “${reason.replaceAll("_", " ")}”.`;
}
