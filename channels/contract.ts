/**
 * The names, states, shapes and bounds that every part of Tocsin shares. Imports nothing, so that workflows, the
 * dashboard and plugins can all read it.
 */

export const CATEGORIES = ["order_update", "patient_alert", "system_message"] as const;
export type Category = (typeof CATEGORIES)[number];

export const PRIORITIES = ["normal", "high", "critical"] as const;
export type Priority = (typeof PRIORITIES)[number];

/** `sent → delivered → read → acknowledged | dismissed`; or `expired`, `cancelled`. */
export const NOTIFICATION_STATUSES = [
  "sent",
  "delivered",
  "read",
  "acknowledged",
  "dismissed",
  "expired",
  "cancelled",
] as const;
export type NotificationStatus = (typeof NOTIFICATION_STATUSES)[number];

/** `queued → claimed → accepted → delivered`; or `failed`, `skipped` (with a reason), `unknown` (answer lost). */
export const DELIVERY_STATUSES = [
  "queued",
  "claimed",
  "accepted",
  "delivered",
  "failed",
  "skipped",
  "unknown",
] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** Why a delivery was not made, as opposed to tried and failed. */
export const SKIP_REASONS = [
  "offline",
  "no_address",
  "preference",
  "quiet_hours",
  "throttled",
  "expired",
  "cancelled",
  "already_handled",
  "not_needed",
  "not_configured",
  "not_reachable",
  "resolved",
  "replaced",
  "covered",
  "below_priority",
  "outdated",
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

/** What a channel may be called. */
export const CHANNEL_NAME = /^[a-z][a-z0-9_]{0,31}$/;
/** By these people are told unless they decline. Any other channel is used for whom asked for it, or whose territory did. */
export const TOLD_UNASKED: readonly string[] = ["websocket", "email", "sms", "push"];

/** The live channel: it needs no address, and quiet hours don't hold it. */
export const LIVE = "websocket";

/** Sends that can't wait, sends made one at a time, and sends in bulk or to everybody. No lane blocks another. */
export const LANES = ["critical", "ordinary", "bulk"] as const;
export type Lane = (typeof LANES)[number];

/** The lane of a send: that of what is critical, or else `otherwise`. */
export const laneOf = (priority: Priority, otherwise: Lane = "ordinary"): Lane =>
  priority === "critical" ? "critical" : otherwise;

/** The task queue of a lane. */
export const laneQueue = (taskQueue: string, lane: Lane): string =>
  lane === "ordinary" ? taskQueue : `${taskQueue}.${lane}`;

/** The header of a workflow, and of its activities, that names the span that they belong to. */
export const TRACE_HEADER = "traceparent";

/** The task queue of a plugin's own workers, beside the one that a workflow runs on. */
export const deliveryQueue = (taskQueue: string, channel: string): string =>
  `${taskQueue}.deliver.${channel}`;

export const ROLES = ["clinician", "supervisor", "admin", "auditor"] as const;
export type Role = (typeof ROLES)[number];

/** What a digest holds; title and message are redacted. */
export interface DigestItemDto {
  notification_id: string;
  title: string | null;
  message: string;
  created_at: string;
  resolved_at: string | null;
}

/** The next step of an escalation: when it is due, and whom it tells, a person, everybody with a role or a topic. */
export interface NextStep {
  at: string;
  person: { user_id: string; name: string } | null;
  role: string | null;
  topic: string | null;
  /** The rules are used up: these are told again and again until somebody acknowledges. */
  last_resort: boolean;
  /** It is a broadcast's, and comes in its time: none of its recipients hastens it by declining. */
  of_broadcast: boolean;
}

/** A notification as its recipient sees it, in lists and live frames alike; title and message are redacted. */
export interface NotificationDto {
  notification_id: string;
  /** Position of its last change in the recipient's inbox. */
  seq: number;
  user_id: string;
  territory_id: string;
  /** The name of the service that sent it; null for what Tocsin itself sends. */
  sender: string | null;
  category: Category;
  priority: Priority;
  title: string | null;
  message: string;
  status: NotificationStatus;
  created_at: string;
  expires_at: string | null;
  snoozed_until: string | null;
  read_at: string | null;
  acknowledged_at: string | null;
  /** The colleague who acknowledged it in the recipient's place; null where the recipient did, or nobody. */
  acknowledged_by: { user_id: string; name: string } | null;
  /** What whoever acknowledged it noted; redacted. */
  acknowledge_note: string | null;
  /** How often the problem was sent, 1: once; and when last, where that was more than once. */
  times: number;
  last_at: string | null;
  /** When another round told its recipient of it again, as a step of escalation does; null while it was told once. */
  told_again_at: string | null;
  /** Whether its recipient is told of it as of what is critical, whatever its priority: nobody else answered. */
  told_as_critical: boolean;
  /** When its service said that the problem is over, and that service's name then. */
  resolved_at: string | null;
  resolved_by: string | null;
  /** The notification of this inbox that it corrects; when a corrected one took its place, and that one, where it came to this inbox. */
  replaces: string | null;
  replaced_at: string | null;
  replaced_by: string | null;
  declined_at: string | null;
  /** Why its recipient declined it; redacted. */
  decline_reason: string | null;
  /** Acknowledging it takes `read_back`: what the sender wants to hear again. */
  read_back: boolean;
  /** Until when its recipient may take the acknowledgement back; null where that is not theirs to do. */
  unacknowledge_until: string | null;
  /** By when its policy wants it completed, and when that was said. */
  completion_due_at: string | null;
  completed_at: string | null;
  dismissed_at: string | null;
  /** The next step while nobody acknowledges; null where none is to come. */
  next_step: NextStep | null;
  /** The notification this one is an escalated copy of. */
  escalated_from: string | null;
  /** Whose alert that is: who did not acknowledge in time; null for what is no copy, and for a broadcast's. */
  first_recipient: { user_id: string; name: string } | null;
  /** The colleagues in whose place, or beside whom, it came here, as their delegate. */
  covers_for: { user_id: string; name: string }[];
  /** Of a digest: what it holds, oldest first; null for everything else. */
  items: DigestItemDto[] | null;
  /** Where it tells of a broadcast that waits: how many people have that, and how many of them acknowledged it. */
  broadcast: { recipients: number; acknowledged: number } | null;
}

/** One delivery of a notification by a channel. */
export interface DeliveryDto {
  delivery_id: string;
  notification_id: string;
  user_id: string;
  territory_id: string;
  category: Category;
  priority: Priority;
  channel: string;
  status: DeliveryStatus;
  /** A slug that says why it was not made, failed or is unknown; null when all is well. */
  reason: string | null;
  attempts: number;
  /** Until when the recipient's quiet hours hold it; null where they do not. */
  held_until: string | null;
  /** The delivery that this one repeats, or whose place it took. */
  redelivery_of: string | null;
  /** It tells that nothing is left to do about what `redelivery_of` brought, and how that ended; null for all others. */
  stand_down: "taken" | "resolved" | "replaced" | "cancelled" | "expired" | "closed" | null;
  created_at: string;
  at: string;
}

/** One step in a delivery's life, for the timeline. */
export interface DeliveryEventDto {
  /** Null where the event concerns the whole notification (accepted, read, acknowledged …). */
  delivery_id: string | null;
  channel: string | null;
  at: string;
  status: string;
  reason: string | null;
  attempt: number | null;
}

/** How an act on record ended. */
export const OUTCOMES = ["ok", "denied", "failed"] as const;

/** Ids of people and territories, which services choose: visible characters, with no space at either end. */
export const ID = { longest: 200, characters: /^\P{C}+$/u } as const;

/** At least 12 characters, of any kind (NIST SP 800-63B, 3.1.1.2). */
export const PASSWORD = { shortest: 12, longest: 1_000 } as const;

/** How many keys of a service are good at once: the one in use and its successor. */
export const LIVE_KEYS = 2;

/**
 * What an alert that nobody acknowledged waits for: `waiting`: steps are to come; `exhausted`: its rules are used up, and the last
 * resort is told; `unreached`: nobody has seen it.
 */
export const UNANSWERED_STATES = ["waiting", "exhausted", "unreached"] as const;
export type UnansweredState = (typeof UNANSWERED_STATES)[number];

/** Most characters of the reason for which a supervisor ends an alert. */
export const LONGEST_CLOSE_REASON = 500;

/** Days that originals can be kept for, unless they are kept for good. */
export const ORIGINALS_DAYS = { least: 1, most: 3_650 } as const;

/** A territory's reasons to reveal an original: the most of them, and how long one may be. */
export const REVEAL_REASONS = { most: 20, longest: 100 } as const;

/** Days that somebody may go without a second factor that their role demands. */
export const FACTOR_GRACE_DAYS = { least: 0, most: 90 } as const;

/** How long the next channel of a critical notification waits for somebody to see it, where a territory sets it; s. */
export const TAKEOVER_SECONDS = { least: 0, most: 300 } as const;

/** Within which time alerts of a category are to be acknowledged, where a territory says so for its reports; minutes. */
export const TARGET_MINUTES = { least: 1, most: 1_440 } as const;

/** How long a digest gathers its items, minutes; and how many of a category may come to a person in a minute by themselves. */
export const DIGEST_MINUTES = { least: 1, most: 240 } as const;
export const THROTTLE = { least: 1, most: 60 } as const;

/**
 * The most patterns that a territory may have for identifiers of its own, and the most identifiers that a send may
 * name, with their characters together.
 */
export const MOST_PATTERNS = 50;
/** How many values a territory lists as always hidden, and as never hidden; characters of one. */
export const MOST_LISTED = 200;
export const LONGEST_LISTED = 100;
export const MOST_KNOWN = 100;
export const MOST_KNOWN_CHARACTERS = 16_384;

/** Bounds of escalation rules; times in seconds. */
export const ESCALATION = {
  steps: 20,
  after: { least: 1, most: 7 * 86_400 },
  repeat: { least: 0, most: 10 },
  acknowledgers: { least: 1, most: 10 },
  /** In minutes. */
  unacknowledge: { least: 0, most: 1_440 },
  complete: { least: 1, most: 7 * 1_440 },
  standDown: { least: 0, most: 7 * 1_440 },
} as const;

/** Whether somebody is there: `busy` and `away` have an end, and may have a delegate. */
export const AVAILABILITIES = ["available", "busy", "away"] as const;
export type Availability = (typeof AVAILABILITIES)[number];

/** How long somebody may be busy or away; days. */
export const LONGEST_AWAY_DAYS = 366;

/** The days of a week, as quiet hours name them. */
export const WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** A time of day, HH:MM. */
export const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d$/;

/** Live protocol, spoken as the WebSocket subprotocol. */
export const PROTOCOL = "tocsin.v1";

/** How much of a person's inbox needs them. */
export interface InboxCounts {
  /** Critical ones that nobody has acknowledged yet, the snoozed ones too: escalation does not wait for them. */
  unacknowledged_critical: number;
  /** Not read yet, without those that are snoozed. */
  unread: number;
  /** Neither dismissed, nor expired or cancelled. */
  open: number;
}

export type ServerFrame =
  | { type: "hello"; user_id: string; seq: number; counts?: InboxCounts }
  /** An arrival or a change; the last of those that were read together brings the inbox's counts. */
  | { type: "notification"; seq: number; notification: NotificationDto; counts?: InboxCounts }
  /** Nothing is missing after `after` up to `seq`: the answer to the resume that named it, or numbers that were superseded. Older nodes say no `after`. */
  | { type: "resumed"; seq: number; after?: number }
  | { type: "error"; code: string; detail: string };

export type ClientFrame =
  | { type: "auth"; ticket: string }
  | { type: "resume"; after: number }
  /** A device has everything up to `seq`; with `visible`, a page that is visible shows it. */
  | { type: "received"; seq: number; visible?: boolean }
  | { type: "acknowledge"; notification_id: string }
  | { type: "dismiss"; notification_id: string };

/** WebSocket close codes. 4000–4499: come back (4401 and 4403 after signing in again). */
export const CLOSE = {
  /** The node is draining or restarting: come back with jitter. */
  restart: 1012,
  /** The reader is too slow: come back and resume. */
  tooSlow: 1013,
  /** No valid session or ticket: sign in again. */
  unauthenticated: 4401,
  /** No territory left that this person may see. */
  forbidden: 4403,
} as const;
