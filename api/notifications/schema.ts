import { z } from "zod";
import {
  CATEGORIES,
  MOST_KNOWN,
  MOST_KNOWN_CHARACTERS,
  NOTIFICATION_STATUSES,
  PRIORITIES,
} from "../../channels/contract.ts";
import type { InboxCounts as Counts, NotificationDto } from "../../channels/contract.ts";
import type { ChannelTerms } from "../../store/models/Send.ts";
import { Delivery } from "../deliveries/schema.ts";
import { ByTime } from "../http/cursor.ts";
import { invalid } from "../http/errors.ts";
import { ProblemDocument } from "../http/problem-schema.ts";
import { OnCallRoleName } from "../on-call/schema.ts";
import { GivenTime, Next, pageBy, Text, Time } from "../http/schema.ts";
import { TopicName } from "../topics/schema.ts";
import type { BroadcastProgress } from "./broadcast.ts";

const id = z.string().min(1).max(200);

/** What a service calls a problem; a path's segment, so none that clients would take for a folder. */
export const DedupKey = z
  .string()
  .regex(/^(?!\.{1,2}$)[\x21-\x7e]{1,200}$/, "must be 1 to 200 visible ASCII characters, and not just dots");

/** What a broadcast can't have. */
const forOnePerson = z
  .never({ error: "is for a send to one person, not for a broadcast" })
  .optional()
  .describe("Not for broadcasts");

const ChannelName = z.string().min(1).max(50);

const send = z.strictObject({
  user_id: id,
  to: z
    .union([z.strictObject({ role: OnCallRoleName }), z.strictObject({ topic: TopicName })], {
      error: 'must be {"role": …} or {"topic": …}, one of the two',
    })
    .optional()
    .describe(
      "In place of user_id: whoever has the on-call role, at send_at where that is given; or everybody of a topic, as it is now",
    ),
  territory_id: id,
  message: Text.describe("16,384 bytes in UTF-8 at most, unless the installation says otherwise"),
  title: Text.max(500).nullish(),
  category: z.enum(CATEGORIES).default("system_message"),
  priority: z.enum(PRIORITIES).default("normal"),
  known: z
    .array(z.strictObject({ kind: z.string().min(1).max(50), value: z.string().min(1).max(1_000) }))
    .max(MOST_KNOWN)
    .refine(
      (known) => known.reduce((sum, { value }) => sum + value.length, 0) <= MOST_KNOWN_CHARACTERS,
      `may hold ${MOST_KNOWN_CHARACTERS} characters in all values together`,
    )
    .default([]),
  channels: z
    .array(
      z.union([
        ChannelName,
        z.strictObject({
          channel: ChannelName,
          from: z.enum(["high", "critical"]).optional().describe("Not used for what is less urgent"),
          parallel: z.boolean().optional().describe("Begun with the channel before it, not after that"),
        }),
      ]),
    )
    .min(1)
    .max(20)
    .optional()
    .describe("The channels to use, in that order; all there are unless given"),
  send_at: GivenTime.optional(),
  expires_at: GivenTime.optional(),
  escalation_policy_id: z.uuid().optional(),
  metadata: z.record(z.string().max(200), z.string().max(5_000)).default({}),
  require_read_back: Text.max(100)
    .optional()
    .describe("Whoever acknowledges has to read this back, e.g. 6.8; sealed with the message"),
  dedup_key: DedupKey.optional().describe(
    "Names the problem, for this service and territory: while its alert is open, repeats join it",
  ),
  replaces: z
    .uuid()
    .optional()
    .describe("The notification that this one corrects; sent by the same service to the same territory"),
});

/** The body of a send. */
export const SendBody = send
  .extend({ user_id: id.optional() })
  .superRefine(({ user_id, to, dedup_key, replaces, require_read_back }, { addIssue }) => {
    const single = { dedup_key, replaces, require_read_back };
    if ((user_id === undefined) === (to === undefined))
      addIssue({ code: "custom", path: ["user_id"], message: "give either user_id or to" });
    if (to === undefined || !("topic" in to)) return;
    for (const [name, value] of Object.entries(single))
      if (value !== undefined)
        addIssue({ code: "custom", path: [name], message: "is for a send to one person, not to a topic" });
  })
  .meta({
    id: "Send",
    examples: [
      {
        user_id: "a.example",
        territory_id: "west-hospital",
        category: "patient_alert",
        priority: "critical",
        title: "Potassium 6.8",
        message: "Potassium 6.8 mmol/L for Jane Roe, bed 12: repeat the sample.",
        known: [{ kind: "name", value: "Jane Roe" }],
      },
      {
        to: { role: "nephrology-on-call" },
        territory_id: "west-hospital",
        priority: "critical",
        message: "Dialysis circuit clotted, bed 3.",
      },
      {
        to: { topic: "rapid-response" },
        territory_id: "west-hospital",
        priority: "critical",
        message: "Respiratory arrest, ward 7.",
      },
    ],
  });
export type SendBody = z.infer<typeof SendBody>;

/** To everybody of a territory, or to those with a role in it or of a topic, or both. */
export const BroadcastBody = send
  .omit({ user_id: true, to: true, require_read_back: true })
  .extend({
    role: z.enum(["clinician", "supervisor"]).nullish(),
    topic: TopicName.optional().describe(
      "The people of a topic alone; beside role, those of them who have it",
    ),
    dedup_key: forOnePerson,
    replaces: forOnePerson,
  })
  .meta({
    id: "Broadcast",
    examples: [
      { territory_id: "west-hospital", role: "supervisor", message: "The laboratory closes at 18:00." },
      { territory_id: "west-hospital", topic: "rapid-response", message: "Drill at 14:00." },
    ],
  });
export type BroadcastBody = z.infer<typeof BroadcastBody>;

/** Many at once; each is checked, accepted or refused by itself, so any value goes in where the document shows a send. */
export const BulkBody = z.strictObject({
  notifications: z
    .array(z.unknown().meta({ $ref: "#/components/schemas/Send" }))
    .min(1)
    .max(1_000),
});

/** A send's channels by their names, and what it says of single ones; null where it says nothing. */
export function channelsOf({ channels }: Pick<SendBody, "channels">): {
  channels: string[] | null;
  channel_terms: ChannelTerms | null;
} {
  if (channels === undefined) return { channels: null, channel_terms: null };
  const all = channels.map((one) => (typeof one === "string" ? { channel: one } : one));
  const terms = all.filter((one) => "from" in one || "parallel" in one);
  return {
    channels: all.map(({ channel }) => channel),
    channel_terms:
      terms.length === 0 ? null : Object.fromEntries(terms.map(({ channel, ...said }) => [channel, said])),
  };
}

/** Refuses channels that this installation does not have. @throws Problem 422 */
export function checkChannels(asked: string[] | null, known: string[]): void {
  const unknown = (asked ?? []).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw invalid([
    { path: "/channels", message: `${unknown.length} not among the channels here: ${known.join(", ")}` },
  ]);
}

export const IdempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, "must be 1 to 255 visible ASCII characters")
  .optional()
  .describe("The same key and body get the first answer again; kept at least 24 h, for each service")
  .meta({ examples: ["order-4711-result"] });

export const InboxQuery = pageBy(ByTime).extend({
  status: z.enum(NOTIFICATION_STATUSES).optional(),
  category: z.enum(CATEGORIES).optional(),
  priority: z.enum(PRIORITIES).optional(),
  unread: z
    .enum(["true", "false", "1", "0"])
    .transform((value) => value === "true" || value === "1")
    .optional(),
  q: z
    .string()
    .trim()
    .min(2)
    .max(100)
    .optional()
    .describe("Words of the redacted title or message, among the newest 10,000 of the inbox"),
});
export type InboxQuery = z.infer<typeof InboxQuery>;

/** Hides a notification until then, a week at most, or shows it again. Escalation does not wait for it. */
export const Snooze = z
  .strictObject({
    until: GivenTime.refine(
      (until) => until > new Date() && until.getTime() < Date.now() + 7 * 86_400_000,
      "must be in the coming seven days",
    )
      .nullable()
      .describe("null: now"),
  })
  .meta({ id: "Snooze", examples: [{ until: "2026-02-03T11:00:00Z" }] });

/** What somebody says with an acknowledgement. */
export const Acknowledge = z
  .strictObject({
    note: Text.max(500).optional().describe("Redacted as messages are"),
    read_back: z.string().max(100).optional().describe("What the sender wants to hear again, where it does"),
  })
  .meta({ id: "Acknowledge", examples: [{ note: "On my way", read_back: "6.8" }] });
export type Acknowledge = z.output<typeof Acknowledge>;

/** Why somebody can't take care of it. */
export const Decline = z
  .strictObject({ reason: Text.max(500).describe("Redacted as messages are") })
  .meta({ id: "Decline", examples: [{ reason: "In theatre until 14:00" }] });

const ID = "0195a1f0-5c00-7000-8000-000000000001";

/** How far a broadcast is acknowledged. */
export const BroadcastCount = z
  .object({ recipients: z.int(), acknowledged: z.int() })
  .describe(
    "Where it tells of a broadcast that waits: how many people have that, and how many acknowledged it",
  );

/** What a digest holds, each with an original of its own. */
export const DigestItem = z.object({
  notification_id: z.uuid().describe("To reveal its original, and as its sender knows it"),
  title: z.string().nullable().describe("Redacted"),
  message: z.string().describe("Redacted"),
  created_at: Time,
  resolved_at: Time.nullable(),
});

/** What comes while nobody acknowledges. */
const NextStep = z
  .object({
    at: Time,
    person: z.object({ user_id: z.string(), name: z.string() }).nullable(),
    role: z.string().nullable().describe("Everybody who has it then"),
    topic: z.string().nullable().describe("Everybody of it then"),
    last_resort: z
      .boolean()
      .describe("The rules are used up: these are told every 10 minutes until somebody acknowledges"),
    of_broadcast: z
      .boolean()
      .describe("It is a broadcast's, which none of its recipients hastens by declining"),
  })
  .describe("The next step while nobody acknowledges, and the person, role or topic that it tells");

/** A notification, as its recipient sees it. */
export const Notification = z
  .object({
    notification_id: z.uuid(),
    seq: z.int(),
    user_id: z.string(),
    territory_id: z.string(),
    sender: z.string().nullable().describe("The service that sent it; null: Tocsin itself"),
    category: z.enum(CATEGORIES),
    priority: z.enum(PRIORITIES),
    title: z.string().nullable().describe("Redacted"),
    message: z.string().describe("Redacted"),
    status: z.enum(NOTIFICATION_STATUSES),
    created_at: Time,
    expires_at: Time.nullable(),
    snoozed_until: Time.nullable(),
    read_at: Time.nullable(),
    acknowledged_at: Time.nullable(),
    acknowledged_by: z
      .object({ user_id: z.string(), name: z.string() })
      .nullable()
      .describe("The colleague who acknowledged it in the recipient's place"),
    acknowledge_note: z.string().nullable().describe("What whoever acknowledged it noted; redacted"),
    times: z.int().describe("How often the problem was sent, by `dedup_key`; 1: once"),
    last_at: Time.nullable().describe("When it was sent last, where that was more than once"),
    told_again_at: Time.nullable().describe(
      "When it last went out to its recipient again; null where it went out once",
    ),
    told_as_critical: z
      .boolean()
      .describe(
        "Nobody else answered, so its recipient is told as of what is critical, whatever its priority",
      ),
    resolved_at: Time.nullable().describe("When its service said that the problem is over"),
    resolved_by: z.string().nullable().describe("That service's name, as it was then"),
    replaces: z.uuid().nullable().describe("The notification in this inbox that it corrects"),
    replaced_at: Time.nullable().describe("When a corrected one took its place"),
    replaced_by: z.uuid().nullable().describe("That one, where it came to this inbox"),
    declined_at: Time.nullable(),
    decline_reason: z.string().nullable().describe("Why its recipient declined it; redacted"),
    read_back: z.boolean().describe("Acknowledging it takes `read_back`"),
    unacknowledge_until: Time.nullable().describe(
      "Until when its recipient may take the acknowledgement back; null where that is not theirs to do",
    ),
    completion_due_at: Time.nullable().describe("By when its policy wants it completed"),
    completed_at: Time.nullable(),
    dismissed_at: Time.nullable(),
    next_step: NextStep.nullable(),
    escalated_from: z.uuid().nullable(),
    first_recipient: z
      .object({ user_id: z.string(), name: z.string() })
      .nullable()
      .describe("Of a copy: who did not acknowledge in time; null for a broadcast's"),
    covers_for: z
      .array(z.object({ user_id: z.string(), name: z.string() }))
      .describe("The colleagues as whose delegate the recipient has it"),
    items: z.array(DigestItem).nullable().describe("Of a digest: what it holds, oldest first"),
    broadcast: BroadcastCount.nullable(),
  })
  .meta({
    id: "Notification",
    examples: [
      {
        notification_id: ID,
        seq: 17,
        user_id: "a.example",
        territory_id: "west-hospital",
        sender: "Laboratory",
        category: "patient_alert",
        priority: "critical",
        title: "Potassium 6.8",
        message: "Potassium 6.8 mmol/L for [name], bed 12: repeat the sample.",
        status: "delivered",
        created_at: "2026-02-03T09:30:00.000Z",
        expires_at: null,
        snoozed_until: null,
        read_at: null,
        acknowledged_at: null,
        acknowledged_by: null,
        acknowledge_note: null,
        times: 4,
        last_at: "2026-02-03T09:41:00.000Z",
        told_again_at: "2026-02-03T09:40:00.000Z",
        told_as_critical: false,
        resolved_at: null,
        resolved_by: null,
        replaces: null,
        replaced_at: null,
        replaced_by: null,
        declined_at: null,
        decline_reason: null,
        read_back: false,
        unacknowledge_until: null,
        completion_due_at: null,
        completed_at: null,
        dismissed_at: null,
        next_step: {
          at: "2026-02-03T09:40:00.000Z",
          person: null,
          role: "supervisor",
          topic: null,
          last_resort: false,
          of_broadcast: false,
        },
        escalated_from: null,
        first_recipient: null,
        covers_for: [],
        items: null,
        broadcast: null,
      },
    ],
  }) satisfies z.ZodType<NotificationDto>;

export const InboxCounts = z
  .object({
    unacknowledged_critical: z.int().describe("Critical ones that wait to be acknowledged, snoozed ones too"),
    unread: z.int().describe("Not read yet, without those that are snoozed"),
    open: z.int().describe("Neither dismissed, nor expired or cancelled"),
  })
  .meta({
    id: "InboxCounts",
    examples: [{ unacknowledged_critical: 1, unread: 3, open: 8 }],
  }) satisfies z.ZodType<Counts>;

export const InboxPage = z.object({ notifications: z.array(Notification), next: Next });

/** The text as the sender wrote it. */
export const Original = z
  .object({
    title: z.string().nullable(),
    message: z.string(),
    metadata: z.record(z.string(), z.string()).describe("What the sender gave along"),
  })
  .meta({
    id: "Original",
    examples: [
      {
        title: "Potassium 6.8",
        message: "Potassium 6.8 mmol/L for Jane Roe, bed 12: repeat the sample.",
        metadata: { order: "4711" },
      },
    ],
  });

/** Why somebody reads an original. */
export const Reveal = z
  .strictObject({
    reason: z.string().max(100).optional().describe("One of the territory's reasons, where it has any"),
  })
  .meta({ id: "Reveal", examples: [{ reason: "Treatment" }] });

export const RevealReasons = z
  .object({ reasons: z.array(z.string()) })
  .meta({ id: "RevealReasons", examples: [{ reasons: ["Treatment", "Call back", "Billing"] }] });

export const Sent = z
  .object({
    notification_id: z.uuid(),
    status: z.literal("sent"),
    broadcast_id: z
      .uuid()
      .optional()
      .describe("Of a send to a topic: how far it has come, under /api/broadcasts"),
    deliveries: z.array(Delivery).optional().describe("With Prefer: wait only"),
  })
  .meta({ id: "Sent", examples: [{ notification_id: ID, status: "sent" }] });

/** For each notification, in order: accepted or refused. */
export const BulkSent = z.object({
  results: z.array(z.union([Sent, z.object({ problem: ProblemDocument })])),
});

export const BroadcastSent = z.object({ broadcast_id: z.uuid(), status: z.literal("sent") });

export const Broadcast = z
  .object({
    broadcast_id: z.uuid(),
    status: z.enum(["sent", "completed", "cancelled"]),
    recipients: z.int(),
    persisted: z.int(),
    delivered: z.int(),
    acknowledged: z.int(),
  })
  .meta({
    id: "BroadcastProgress",
    examples: [
      {
        broadcast_id: ID,
        status: "completed",
        recipients: 40,
        persisted: 40,
        delivered: 37,
        acknowledged: 0,
      },
    ],
  }) satisfies z.ZodType<BroadcastProgress>;

export const Cancelled = z.object({ status: z.literal("cancelled") });

export const CancelledBroadcast = z
  .object({
    status: z.literal("cancelled"),
    reached: z
      .int()
      .describe("People whom it had got to: on a device, by a channel outside, or who acted on it"),
    not_reached: z.int().describe("The others whom it was for"),
  })
  .meta({ id: "CancelledBroadcast", examples: [{ status: "cancelled", reached: 12, not_reached: 28 }] });
