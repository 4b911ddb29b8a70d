import type {
  Category,
  DeliveryStatus,
  NotificationDto,
  NotificationStatus,
  Priority,
  Role,
} from "./contract.ts";
import { shown } from "./language.ts";

/** The names that the interface gives to things. */
export const CATEGORY_WORDS: Record<Category, string> = {
  order_update: "Order update",
  patient_alert: "Patient alert",
  system_message: "System message",
};

export const PRIORITY_WORDS: Record<Priority, string> = {
  normal: "Normal",
  high: "High",
  critical: "Critical",
};

export const STATUS_WORDS: Record<NotificationStatus, string> = {
  sent: "New",
  delivered: "New",
  read: "Read",
  acknowledged: "Acknowledged",
  dismissed: "Dismissed",
  expired: "Expired",
  cancelled: "Cancelled by its sender",
};

export const DELIVERY_WORDS: Record<DeliveryStatus, string> = {
  queued: "Waiting",
  claimed: "Being sent",
  accepted: "Handed over",
  delivered: "Delivered",
  failed: "Failed",
  skipped: "Not sent",
  unknown: "Unclear",
};

export const ROLE_WORDS: Record<Role, string> = {
  clinician: "Clinician",
  supervisor: "Supervisor",
  admin: "Administrator",
  auditor: "Auditor",
};

/** Those whom a territory has by their role, in the middle of a sentence. */
export const TEAM_WORDS: Record<"supervisor" | "clinician", { one: string; many: string }> = {
  supervisor: { one: shown("supervisor"), many: shown("supervisors") },
  clinician: { one: shown("clinician"), many: shown("clinicians") },
};

const CHANNEL_WORDS: Record<string, string> = {
  websocket: "Dashboard (live)",
  email: "Email",
  sms: "SMS",
  push: "Push",
};

export const channelName = (channel: string): string => CHANNEL_WORDS[channel] ?? channel;

/** How far a broadcast is acknowledged: "12 of 40 have acknowledged". */
export const acknowledgedWords = ({
  recipients,
  acknowledged,
}: NonNullable<NotificationDto["broadcast"]>): string =>
  recipients === 1
    ? `${acknowledged} of ${recipients} has acknowledged`
    : `${acknowledged} of ${recipients} have acknowledged`;
