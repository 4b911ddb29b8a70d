import { z } from "zod";
import { CATEGORIES, NOTIFICATION_STATUSES, PRIORITIES } from "../../channels/contract.ts";
import { Person, Step } from "../board/schema.ts";
import { Time } from "../http/schema.ts";
import { BroadcastCount } from "./schema.ts";

const NOTIFICATION = "0195a1f0-5c00-7000-8000-000000000001";
const A_EXAMPLE = { user_id: "a.example", name: "A. Example" };

const Told = Person.extend({
  notification_id: z.uuid().describe("Their own notification: the first one, or a copy"),
  at: Time,
  seen_at: Time.nullable(),
  acknowledged_at: Time.nullable().describe("When they acknowledged themselves"),
  note: z.string().nullable(),
  declined_at: Time.nullable(),
  decline_reason: z.string().nullable().describe("For supervisors, and for whoever declined"),
});

const Moment = z.object({
  notification_id: z.uuid(),
  at: Time,
  person: Person.nullable().describe("Whose notification it happened to; null: to the alert of a broadcast"),
  channel: z.string().nullable(),
  status: z.string(),
  reason: z.string().nullable(),
  attempt: z.int().nullable(),
});

/** How a notification went from its sending on, and how it goes on. */
export const Story = z
  .object({
    notification_id: z.uuid(),
    root_id: z
      .uuid()
      .describe("Itself, or what it is a copy of, or its broadcast's alert: what the story is about"),
    territory: z.object({ territory_id: z.string(), name: z.string() }),
    sender: z.string().nullable().describe("The service that sent it; null: Tocsin itself"),
    recipient: Person.nullable().describe("Of the first one; null for a broadcast's alert"),
    category: z.enum(CATEGORIES),
    priority: z.enum(PRIORITIES),
    title: z.string().nullable().describe("Redacted, as everywhere"),
    message: z.string().describe("Redacted"),
    status: z.enum(NOTIFICATION_STATUSES),
    created_at: Time,
    broadcast: BroadcastCount.nullable(),
    is_own: z.boolean().describe("Whether it is in the caller's own inbox"),
    supervised: z.boolean().describe("Whether the caller supervises its territory"),
    told: z.array(Told).describe("Who has it in the inbox, the first told first; at most 100 of them"),
    told_count: z.int(),
    moments: z.array(Moment).describe("What happened, the oldest first; the newest 500"),
    closed: z
      .object({ by: Person, reason: z.string() })
      .nullable()
      .describe("Who ended it unacknowledged, and why, redacted; for supervisors"),
    steps: z.array(Step).describe("What comes unless somebody acknowledges"),
    workflow: z
      .object({
        id: z.string(),
        url: z.string().nullable().describe("Its page in Temporal's own interface, where that is configured"),
      })
      .describe("The workflow that carries it, for engineers"),
  })
  .meta({
    id: "Story",
    examples: [
      {
        notification_id: NOTIFICATION,
        root_id: NOTIFICATION,
        territory: { territory_id: "west-hospital", name: "West Hospital" },
        sender: "Laboratory",
        recipient: A_EXAMPLE,
        category: "patient_alert",
        priority: "critical",
        title: "Critical potassium",
        message: "[NAME], K+ 6.8 mmol/l",
        status: "acknowledged",
        created_at: "2026-02-03T09:30:00.000Z",
        broadcast: null,
        is_own: true,
        supervised: false,
        told: [
          {
            ...A_EXAMPLE,
            notification_id: NOTIFICATION,
            at: "2026-02-03T09:30:00.000Z",
            seen_at: "2026-02-03T09:30:04.000Z",
            acknowledged_at: "2026-02-03T09:31:00.000Z",
            note: "On my way",
            declined_at: null,
            decline_reason: null,
          },
        ],
        told_count: 1,
        moments: [
          {
            notification_id: NOTIFICATION,
            at: "2026-02-03T09:31:00.000Z",
            person: A_EXAMPLE,
            channel: null,
            status: "acknowledged",
            reason: null,
            attempt: null,
          },
        ],
        closed: null,
        steps: [],
        workflow: { id: NOTIFICATION, url: null },
      },
    ],
  });
export type Story = z.infer<typeof Story>;
