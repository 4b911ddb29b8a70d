import { z } from "zod";
import { invalid } from "../http/errors.ts";
import { CATEGORIES, NOTIFICATION_STATUSES, PRIORITIES } from "../../channels/contract.ts";

const id = z.string().min(1).max(200);
const text = z.string().refine((value) => value.trim() !== "", "must not be blank");
const time = z.iso.datetime({ offset: true }).transform((value) => new Date(value));

/** What a service sends; unknown fields are ignored. */
export const SendBody = z.object({
  user_id: id,
  territory_id: id,
  message: text,
  title: text.max(500).nullish(),
  category: z.enum(CATEGORIES).default("system_message"),
  priority: z.enum(PRIORITIES).default("normal"),
  known: z
    .array(z.object({ kind: z.string().min(1).max(50), value: z.string().min(1).max(1_000) }))
    .max(100)
    .default([]),
  channels: z.array(z.string().min(1).max(50)).min(1).max(20).optional(),
  send_at: time.optional(),
  expires_at: time.optional(),
  escalation_policy_id: z.uuid().optional(),
  metadata: z.record(z.string().max(200), z.string().max(5_000)).default({}),
});
export type SendBody = z.infer<typeof SendBody>;

/** To everybody of a territory, or to those with a role in it. */
export const BroadcastBody = SendBody.omit({ user_id: true }).extend({
  role: z.enum(["clinician", "supervisor"]).nullish(),
});
export type BroadcastBody = z.infer<typeof BroadcastBody>;

/** Many at once; each is checked, accepted or refused by itself. */
export const BulkBody = z.object({ notifications: z.array(z.unknown()).min(1).max(1_000) });

/** @throws Problem 422 when a channel was asked for that is not here */
export function checkChannels(asked: string[] | undefined, known: string[]): void {
  const unknown = (asked ?? []).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw invalid([
    { path: "/channels", message: `${unknown.length} not among the channels here: ${known.join(", ")}` },
  ]);
}

export const IdempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, "must be 1 to 255 visible ASCII characters");

/** Page size and place, shared by every list. */
export const Page = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().max(500).optional(),
});

export const InboxQuery = Page.extend({
  status: z.enum(NOTIFICATION_STATUSES).optional(),
  category: z.enum(CATEGORIES).optional(),
  priority: z.enum(PRIORITIES).optional(),
  unread: z
    .enum(["true", "false", "1", "0"])
    .transform((value) => value === "true" || value === "1")
    .optional(),
});
export type InboxQuery = z.infer<typeof InboxQuery>;

/** Hides a notification until then, a week at most. Escalation does not wait for it. */
export const Snooze = z.object({
  until: time.refine(
    (until) => until > new Date() && until.getTime() < Date.now() + 7 * 86_400_000,
    "must be in the coming seven days",
  ),
});

/** Acts take no body, or an empty object. */
export const Nothing = z.object({});
