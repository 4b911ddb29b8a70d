import { DELIVERY_STATUSES } from "../contract.ts";
import type { DeliveryDto, DeliveryEventDto, DeliveryStatus } from "../contract.ts";
import type { Tone } from "../ui/tone.ts";
import { channelName, DELIVERY_WORDS } from "../words.ts";

/** Steps of the whole notification, in words. */
const NOTIFICATION_STEPS: Record<string, string> = {
  accepted: "Accepted by Tocsin",
  sent: "Placed in the inbox",
  persisted: "Placed in the inbox",
  delivered: "Reached the recipient",
  seen: "Seen by the recipient",
  read: "Read by the recipient",
  acknowledged: "Acknowledged",
  unacknowledged: "Acknowledgement taken back",
  reopened: "Open again",
  completed: "Completed",
  reminded: "Reminder that it is not completed",
  declined: "Declined",
  dismissed: "Dismissed",
  snoozed: "Snoozed",
  woken: "Shown again",
  unread: "Marked as unread",
  restored: "Brought back after it was dismissed",
  revealed: "Original opened",
  escalated: "Escalated",
  closed: "Ended by a supervisor, unacknowledged",
  repeated: "Sent again by its sender",
  raised: "Sent again by its sender, more urgent",
  resolved: "Resolved by its sender",
  replaced: "Replaced by a corrected one",
  expired: "Expired",
  cancelled: "Cancelled by its sender",
};

/** Steps of a channel that are no status of its delivery. */
const CHANNEL_STEPS: Record<string, string> = {
  overridden: "Used against the recipient's wish",
  held: "Held for quiet hours",
  acknowledged: "Acknowledged by it",
  declined: "Declined by it",
  stand_down_queued: "To be told that nothing is left to do",
  stand_down_claimed: "Being told that nothing is left to do",
  stand_down_accepted: "Told that nothing is left to do",
  stand_down_delivered: "Told that nothing is left to do; it arrived",
  stand_down_failed: "Could not be told that nothing is left to do",
  stand_down_skipped: "Not told that nothing is left to do",
  stand_down_unknown: "Perhaps told that nothing is left to do",
};

const TONES: Record<DeliveryStatus, Tone> = {
  queued: "neutral",
  claimed: "neutral",
  accepted: "neutral",
  delivered: "good",
  failed: "bad",
  skipped: "warn",
  unknown: "warn",
};

const isDeliveryStatus = (status: string): status is DeliveryStatus =>
  DELIVERY_STATUSES.some((known) => known === status);

/** How much concern a status deserves; words always say the same beside it. */
export function toneOf(status: string): Tone {
  if (status === "acknowledged" || status === "completed") return "good";
  if (status === "reminded") return "warn";
  return isDeliveryStatus(status) ? TONES[status] : "neutral";
}

/** One step of a notification's life in words. */
export function stepWords({ channel, status, reason, attempt }: DeliveryEventDto): string {
  if (status === "escalated" && reason === "to_last_resort") return "Escalated to the last resort";
  if (channel === null) return NOTIFICATION_STEPS[status] ?? status.replaceAll("_", " ");
  const words = isDeliveryStatus(status)
    ? DELIVERY_WORDS[status]
    : (CHANNEL_STEPS[status] ?? status.replaceAll("_", " "));
  const tries = attempt !== null && attempt > 1 ? ` (attempt ${attempt})` : "";
  return `${channelName(channel)}: ${words.toLowerCase()}${tries}`;
}

/** Whether a delivery has come to its end, so that another may be made. */
export const canRedeliver = ({ status, stand_down }: Pick<DeliveryDto, "status" | "stand_down">): boolean =>
  stand_down === null && status !== "queued" && status !== "claimed";
