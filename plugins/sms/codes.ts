/**
 * Twilio's error codes (https://www.twilio.com/docs/api/errors) as slugs: codes of messages that Twilio refuses, and
 * codes of messages that fail on their way.
 */
const SLUGS: Readonly<Record<number, string>> = {
  14107: "rate_limited",
  20003: "auth_failed",
  20005: "account_suspended",
  20404: "auth_failed",
  20429: "rate_limited",
  21211: "invalid_number",
  21212: "sender_invalid",
  21214: "unreachable",
  21217: "invalid_number",
  21265: "not_mobile",
  21266: "same_number",
  21267: "trial_account",
  21268: "premium_rate",
  21408: "country_not_enabled",
  21601: "not_mobile",
  21602: "empty_message",
  21603: "sender_invalid",
  21604: "no_address",
  21606: "sender_invalid",
  21608: "trial_account",
  21609: "callback_invalid",
  21610: "unsubscribed",
  21611: "queue_full",
  21612: "unreachable",
  21614: "not_mobile",
  21617: "message_too_long",
  21635: "not_mobile",
  21654: "sender_invalid",
  21659: "sender_invalid",
  21660: "sender_invalid",
  21661: "sender_invalid",
  21701: "sender_invalid",
  21703: "sender_invalid",
  21704: "sender_invalid",
  21705: "sender_invalid",
  30001: "queue_full",
  30002: "account_suspended",
  30003: "handset_unreachable",
  30004: "blocked",
  30005: "unknown_subscriber",
  30006: "not_mobile",
  30007: "filtered",
  30008: "carrier_error",
  30009: "segment_lost",
  30010: "price_too_high",
  30018: "sender_unregistered",
  30022: "rate_limited",
  30023: "daily_limit",
  30024: "sender_unregistered",
  30032: "sender_unregistered",
  30034: "sender_unregistered",
  30036: "validity_expired",
  30410: "carrier_timeout",
  30450: "fraud_suspected",
  30454: "spending_limit",
};

/** Refusals that pass by themselves. */
const PASSING = new Set([14107, 20429, 21611, 30001, 30022]);

/** The slug of an error code, or `otherwise` for a code that is not listed here. */
export function slugOf(code: number | undefined, otherwise: string): string {
  return (code === undefined ? undefined : SLUGS[code]) ?? otherwise;
}

/** Whether the same message may be taken a little later. */
export function passes(code: number | undefined): boolean {
  return code !== undefined && PASSING.has(code);
}
