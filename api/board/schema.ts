import { z } from "zod";
import { CATEGORIES, PRIORITIES, UNANSWERED_STATES } from "../../channels/contract.ts";
import { Time } from "../http/schema.ts";
import { BroadcastCount } from "../notifications/schema.ts";

export const BoardQuery = z.strictObject({
  territory: z.string().min(1).max(200).optional().describe("All that are supervised unless given"),
});

/** Somebody by whom people know them. */
export const Person = z.object({ user_id: z.string(), name: z.string() });

/** A step of an escalation that is to come. */
export const Step = z
  .object({
    at: Time,
    number: z.int().describe("Which step it is, rounds included; 1 for the first"),
    total: z.int().describe("Steps before the last resort"),
    last_resort: z.boolean().describe("The rules are used up: it comes again every 10 minutes"),
    whom: z.enum(["recipient", "person", "clinician", "supervisor", "on_call", "topic"]),
    role: z.string().nullable().describe("What the on-call role or topic is called, where it is one"),
    people: z.array(Person).describe("Whom it would tell now, at most 3 of them"),
    count: z.int().describe("How many it would tell now; 0: it reaches nobody"),
    channels: z.array(z.string()).nullable().describe("null: those that its people wish"),
  })
  .describe("What comes next unless somebody acknowledges");

export const BoardAlert = z.object({
  notification_id: z.uuid(),
  territory_id: z.string(),
  recipient: Person.nullable().describe("null for a broadcast's one alert"),
  broadcast: BroadcastCount.nullable(),
  category: z.enum(CATEGORIES),
  priority: z.enum(PRIORITIES),
  title: z.string().nullable().describe("Redacted, as everywhere"),
  message: z.string().describe("Redacted; its first 400 characters"),
  state: z.enum(UNANSWERED_STATES),
  since: Time.describe("When it was sent"),
  told: z
    .array(Person.extend({ seen: z.boolean(), acknowledged: z.boolean(), declined: z.boolean() }))
    .describe("Who has it in the inbox, at most 8 of them"),
  told_count: z.int(),
  seen_count: z.int(),
  next: Step,
});

export const Board = z
  .object({
    at: Time.describe("By the server's clock"),
    territories: z.array(z.object({ territory_id: z.string(), name: z.string() })),
    alerts: z.array(BoardAlert).describe("What waits for somebody to acknowledge it, the oldest first"),
    more: z.int().describe("How many wait beyond these 200"),
  })
  .meta({
    id: "Board",
    examples: [
      {
        at: "2026-02-03T09:34:10.000Z",
        territories: [{ territory_id: "west-hospital", name: "West Hospital" }],
        alerts: [
          {
            notification_id: "0195a1f0-5c00-7000-8000-000000000001",
            territory_id: "west-hospital",
            recipient: { user_id: "a.example", name: "A. Example" },
            broadcast: null,
            category: "patient_alert",
            priority: "critical",
            title: "Critical potassium",
            message: "[NAME], K+ 6.8 mmol/l",
            state: "waiting",
            since: "2026-02-03T09:30:00.000Z",
            told: [
              { user_id: "a.example", name: "A. Example", seen: true, acknowledged: false, declined: false },
            ],
            told_count: 1,
            seen_count: 1,
            next: {
              at: "2026-02-03T09:40:00.000Z",
              number: 1,
              total: 1,
              last_resort: false,
              whom: "supervisor",
              role: null,
              people: [{ user_id: "b.example", name: "B. Example" }],
              count: 1,
              channels: null,
            },
          },
        ],
        more: 0,
      },
    ],
  });
export type Board = z.infer<typeof Board>;
