import type { EventType, Ping, Webhook, WebhookDelivery } from "../api/webhooks.ts";
import type { Tone } from "../ui/tone.ts";

/** What each event says, in the order of a notification's way. */
export const EVENT_WORDS: Record<EventType, string> = {
  "notification.delivered": "Delivered",
  "notification.seen": "Seen",
  "notification.acknowledged": "Acknowledged",
  "notification.unacknowledged": "Acknowledgement taken back",
  "notification.completed": "Completed",
  "notification.declined": "Declined",
  "notification.escalated": "Escalated",
  "notification.exhausted": "Steps used up",
  "notification.failed": "A channel failed",
  "notification.expired": "Expired",
  "notification.cancelled": "Cancelled",
  "notification.resolved": "Resolved",
};

/** Every event that there is. */
export const EVENT_OPTIONS = (Object.entries(EVENT_WORDS) as [EventType, string][]).map(([value, name]) => ({
  value,
  name,
}));

const STATES: Record<Webhook["state"], { words: string; tone: Tone }> = {
  live: { words: "Live", tone: "good" },
  failing: { words: "Failing", tone: "warn" },
  disabled: { words: "Switched off", tone: "bad" },
};
const WHY_OFF: Record<NonNullable<Webhook["disabled_reason"]>, string> = {
  failing: "It did not answer for three days.",
  gone: "It answered that it is gone (410).",
  by_admin: "An administrator switched it off.",
};

/** How a webhook is, and why it is off. */
export const stateOf = ({
  state,
  disabled_reason,
}: Webhook): { words: string; tone: Tone; why: string | null } => ({
  ...STATES[state],
  why: disabled_reason === null ? null : WHY_OFF[disabled_reason],
});

/** The events that a webhook is sent, in words. */
export const typesWords = (types: readonly EventType[]): string =>
  types.length === EVENT_OPTIONS.length
    ? "Everything"
    : EVENT_OPTIONS.filter(({ value }) => types.includes(value))
        .map(({ name }) => name)
        .join(", ");

const CODES: Record<string, string> = {
  timeout: "no answer within 15 seconds",
  private_address: "an address inside, whose host the operator has not listed",
  no_key: "no key of the service reaches that territory any more",
};

/** Why a call failed, in words. */
export function codeWords(code: string | null): string {
  if (code === null) return "";
  const status = /^http_(\d+)$/.exec(code)?.[1];
  return status === undefined ? (CODES[code] ?? code.replaceAll("_", " ")) : `answered ${status}`;
}

/** How a ping went, as a sentence. */
export const pingWords = ({ delivered, code, ms }: Ping): string =>
  delivered ? `It answered after ${ms} ms.` : `It failed: ${codeWords(code)}.`;

export const DELIVERY_STATES: Record<WebhookDelivery["status"], { words: string; tone: Tone }> = {
  queued: { words: "Waiting", tone: "neutral" },
  delivered: { words: "Delivered", tone: "good" },
  failed: { words: "Given up", tone: "bad" },
};
