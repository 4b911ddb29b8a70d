import { clockTime } from "../time.ts";
import type { DeliveryDto, DeliveryEventDto, SkipReason } from "../contract.ts";

const SKIPPED: Record<SkipReason, string> = {
  offline: "The recipient had no live connection. It waits in the inbox and appears when they connect.",
  no_address: "The recipient has no address on file for this channel.",
  preference: "The recipient has turned this channel off for such notifications.",
  quiet_hours: "It fell in the recipient's quiet hours.",
  throttled: "The recipient had been sent too much on this channel within a short time.",
  expired: "It expired before it could be sent.",
  cancelled: "Its sender cancelled it before it could be sent.",
  already_handled: "The recipient had already dealt with it.",
  not_needed: "The recipient already had it, or had seen it.",
  not_configured: "This channel is not set up here.",
  not_reachable: "The recipient was disabled, or had left the territory.",
  resolved: "Its sender had said that the problem is over.",
  replaced: "Its sender had sent a corrected one.",
  below_priority: "It is less urgent than what this channel is used for.",
  covered: "A colleague covered the recipient, and was told in their place.",
  outdated: "They had been told of it too long ago to be told that it is over.",
};

/** Slugs that Tocsin itself records. */
const OURS: Record<string, string> = {
  acknowledged: "The recipient had already acknowledged it.",
  dismissed: "The recipient had already dismissed it.",
  read: "The recipient had already read it.",
  timeout: "The channel gave no answer in time.",
  closed: "A supervisor had ended the alert.",
  worker_lost: "The server stopped during the attempt, so it is unclear whether it was sent.",
  no_worker: "No server with this channel was running.",
  aborted: "The attempt was broken off, most likely because the server was stopping.",
  interrupted: "The server stopped during the attempt, so it is unclear whether it was sent.",
  plugin_error: "The channel's own code failed. Whoever runs Tocsin should look at its log.",
  invalid_code: "The channel gave a reason that Tocsin doesn't know.",
  bridge_unavailable: "Tocsin's live bus (Redis) could not be reached. The inbox catches up once it is back.",
  undeclared_host: "The channel tried to reach a host that it doesn't declare.",
  private_address: "The channel's host has a private address, which this site doesn't allow.",
};

/** Reasons of steps that were taken: whom an escalation told, who acknowledged. */
const DONE: Record<string, string> = {
  to_recipient: "The recipient was told once more.",
  to_person: "The person whom the policy names was told.",
  to_topic: "The people of the topic were told.",
  to_on_call: "Whoever had the on-call role was told.",
  to_clinician: "The clinicians of the territory were told.",
  to_supervisor: "The supervisors of the territory were told.",
  to_last_resort: "The territory's last resort was told, since nobody had acknowledged.",
  to_nobody: "The territory has nobody whom this step could tell.",
  to_high: "Its priority is high now. It goes out anew, and its rules begin anew.",
  to_critical: "It is critical now. It goes out anew, and its rules begin anew.",
  by_everybody: "Everybody who has the broadcast acknowledged it.",
  by_colleague: "A colleague did it, on a copy of their own.",
  to_acknowledger: "Whoever acknowledged it was reminded.",
};

const OVERRIDDEN: Record<string, string> = {
  preference:
    "The recipient has this channel off for such notifications; a critical one is sent all the same.",
  quiet_hours: "It fell in the recipient's quiet hours; a critical one is sent all the same.",
};

const HELD: Record<string, string> = {
  quiet_hours: "It waits until the recipient's quiet hours end.",
  cover_unreachable:
    "The colleague who covered the recipient can't be reached any more, so it is tried after all.",
};

/** How that ended of which somebody is told that nothing is left to do. */
const ENDED: Record<NonNullable<DeliveryDto["stand_down"]>, string> = {
  taken: "Somebody took it over.",
  resolved: "Its sender says that the problem is over.",
  replaced: "Its sender sent a corrected one.",
  cancelled: "Its sender took it back.",
  expired: "Its time is over.",
  closed: "A supervisor closed it.",
};

/** Statuses for which a slug needs words of its own. */
const BY_STATUS = new Map([
  ["overridden", OVERRIDDEN],
  ["held", HELD],
  ["queued", HELD],
]);

/** Slugs of providers and mail servers; each sentence says whose trouble it is. */
const THEIRS: Record<string, string> = {
  invalid_address: "The provider calls the recipient's address invalid.",
  invalid_number: "The recipient's phone number isn't valid.",
  not_mobile: "The recipient's number can't receive text messages.",
  same_number: "The recipient's number is the one that Tocsin sends from.",
  premium_rate: "The recipient's number is a premium one, which Tocsin never writes to.",
  shared_cost: "The recipient's number is a shared-cost one, which Tocsin never writes to.",
  unknown_subscriber: "The recipient's number is not in service.",
  unsubscribed: "The recipient has told the provider to send nothing.",
  handset_unreachable: "The recipient's phone was off or out of reach.",
  account_not_found: "The recipient's mailbox doesn't exist.",
  mailbox_busy: "The recipient's mailbox was busy.",
  mailbox_disabled: "The recipient's mailbox is switched off.",
  mailbox_full: "The recipient's mailbox is full.",
  mailbox_moved: "The recipient's mailbox has moved.",
  mailbox_unavailable: "The recipient's mailbox could not be used.",
  domain_unavailable: "The recipient's mail domain doesn't answer.",
  connect_failed: "The provider could not be reached.",
  unreachable: "The provider could not be reached.",
  connection_lost: "The connection to the provider broke off.",
  tls_failed: "No secure connection to the provider could be made.",
  answer_lost: "It was handed to the provider, but the provider's answer was lost.",
  answer_unreadable: "The provider's answer could not be understood, so it is unclear whether it was sent.",
  auth_failed: "The provider did not accept this site's credentials.",
  auth_required: "The provider asks for credentials that this site hasn't set.",
  account_suspended: "The provider has suspended this site's account.",
  trial_account: "The provider's trial account may not write to this recipient.",
  spending_limit: "This site's spending limit with the provider is reached.",
  daily_limit: "This site's daily limit with the provider is reached.",
  price_too_high: "It would have cost more than this site allows.",
  rate_limited: "The provider took no more for the moment.",
  queue_full: "The provider's queue was full.",
  busy: "The provider was busy.",
  server_busy: "The provider was busy.",
  server_full: "The provider had no room left.",
  server_error: "The provider had a fault of its own.",
  provider_error: "The provider had a fault of its own.",
  unavailable: "The provider was not available.",
  service_refused: "The provider refused the service.",
  refused_by_policy: "The provider refused it by its own rules.",
  filtered: "The carrier filtered it out.",
  fraud_suspected: "The provider took it for fraud.",
  carrier_error: "The phone carrier could not deliver it.",
  carrier_timeout: "The phone carrier gave no answer in time.",
  country_not_allowed: "This site doesn't allow messages to the recipient's country.",
  country_not_enabled: "The provider isn't set up for the recipient's country.",
  sender_invalid: "The provider calls this site's sender address invalid.",
  sender_refused: "The provider refused this site's sender address.",
  sender_unauthenticated: "The recipient's mail server could not verify this site's sender address.",
  sender_unregistered: "This site's sender number isn't registered with the carriers.",
  message_too_large: "The message is too large for this channel.",
  message_too_long: "The message is too long for this channel.",
  partially_delivered: "Only a part of the message arrived.",
  segment_lost: "Only a part of the message arrived.",
  validity_expired: "The provider could not deliver it in time.",
  canceled: "The provider cancelled it.",
  failed: "The provider could not deliver it.",
  rejected: "The provider refused it.",
  undelivered: "The provider could not deliver it.",
};

const SENTENCES = new Map([SKIPPED, OURS, DONE, THEIRS].flatMap((texts) => Object.entries(texts)));

/** The reason of an event or a delivery. What overrides a wish, and what only waits, needs other words for the same slug. */
export function reasonOf(
  {
    status,
    reason,
    held_until = null,
  }: Pick<DeliveryEventDto, "status" | "reason"> & { held_until?: string | null },
  locale?: string,
  timeZone?: string,
): string | null {
  if (held_until !== null) return `Held by quiet hours until ${clockTime(held_until, locale, timeZone)}.`;
  const own = reason === null ? undefined : (BY_STATUS.get(status) ?? endedBy(status))[reason];
  return own ?? reasonText(reason);
}

const endedBy = (status: string): Record<string, string> =>
  status.startsWith("stand_down_") && status !== "stand_down_skipped" ? ENDED : {};

/**
 * Why a delivery was not made, failed or is unclear, as a sentence.
 *
 * @param reason the recorded slug; null when all is well
 */
export function reasonText(reason: string | null): string | null {
  if (reason === null) return null;
  const http = /^http_(\d{3})$/.exec(reason)?.[1];
  if (http !== undefined) return `The provider answered with HTTP status ${http}.`;
  return SENTENCES.get(reason) ?? `The channel gave the reason “${reason.replaceAll("_", " ")}”.`;
}
