import { z } from "zod";
import { CATEGORIES, CHANNEL_NAME, PRIORITIES } from "../../channels/contract.ts";
import { EscalationRules } from "../../store/notifications/escalation.ts";
import { GivenTime, Id, Time } from "../http/schema.ts";
import { ScheduleChange } from "../on-call/schema.ts";
import { NewPreferences } from "../preferences/schema.ts";
import { REASONS } from "./recorded.ts";

/** How long a time a question may be about; days. */
export const MOST_DAYS = 31;
/** Notifications that a question looks at, the latest first. */
export const MOST_SENDS = 5_000;
/** Notifications that an answer lists. */
export const MOST_LISTED = 200;

const RULES = {
  steps: [{ after_seconds: 120, to: { role: "supervisor" as const } }],
  repeat: 1,
  acknowledgers: 1,
};

/** What is tried in place of what holds today: one thing or several. */
export const Trial = z
  .strictObject({
    policy: z
      .strictObject({
        policy_id: z
          .uuid()
          .nullable()
          .default(null)
          .describe("The policy in whose place they are tried; null: the territory's default"),
        rules: EscalationRules,
      })
      .optional(),
    preferences: z
      .record(Id, NewPreferences)
      .optional()
      .describe("By the ids of people: all wishes of each, in place of theirs"),
    schedules: z
      .record(z.uuid(), ScheduleChange)
      .optional()
      .describe("By the ids of schedules: what changes of each. Overrides and calendars' shifts stay"),
    channels: z
      .array(z.string().regex(CHANNEL_NAME))
      .min(1)
      .max(20)
      .optional()
      .describe("The channels, in order, for what names none itself; those left out are not used"),
  })
  .refine((trial) => Object.values(trial).some((one) => one !== undefined), {
    error: "must hold one of policy, preferences, schedules and channels",
  })
  .meta({ id: "WhatIfChange", examples: [{ policy: { policy_id: null, rules: RULES } }] });
export type Trial = Partial<z.output<typeof Trial>>;

const WithinSeconds = z
  .int()
  .min(1)
  .max(86_400)
  .default(300)
  .describe("By when somebody has to be told of what is critical, so that it does not count as untold");

export const WhatIfQuestion = z
  .strictObject({
    territory_id: Id,
    from: GivenTime.describe("What arrived from then on"),
    to: GivenTime.describe(
      `And before then; ${MOST_DAYS} days after at most. The latest ${MOST_SENDS} notifications are looked at`,
    ),
    within_seconds: WithinSeconds,
    change: Trial,
  })
  .meta({
    id: "WhatIfQuestion",
    examples: [
      {
        territory_id: "west-hospital",
        from: "2026-02-01T00:00:00.000Z",
        to: "2026-02-08T00:00:00.000Z",
        within_seconds: 300,
        change: { policy: { policy_id: null, rules: RULES } },
      },
    ],
  });

const Both = z
  .object({ before: z.int(), after: z.int() })
  .describe("By today's settings, and by what is tried");

const Telling = z.object({
  user_id: z.string(),
  name: z.string().nullable().describe("Null for whoever has left"),
  step: z.int().describe("0: by the sending itself"),
  after_seconds: z.int().describe("After the notification arrived"),
  channels: z.array(
    z.object({
      channel: z.string(),
      held_until: Time.nullable().describe("By quiet hours"),
      spared: z.boolean().describe("By the end of quiet hours it is not needed any more"),
    }),
  ),
});

const Compared = z.object({
  notification_id: z.uuid(),
  at: Time,
  category: z.enum(CATEGORIES),
  priority: z.enum(PRIORITIES),
  acknowledged_after_seconds: z
    .int()
    .nullable()
    .describe("On record, by the first person; it is never moved"),
  groundless: z
    .boolean()
    .describe("Whoever acknowledged on record would not have been told by then, so that it can't be counted"),
  before: z.array(Telling),
  after: z.array(Telling),
  additional: z.int(),
  spared: z.int(),
});
export type Compared = z.output<typeof Compared>;

const reasons = Object.keys(REASONS) as [keyof typeof REASONS, ...(keyof typeof REASONS)[]];

export const WhatIfAnswer = z
  .object({
    territory_id: z.string(),
    from: Time,
    to: Time,
    cut: z.boolean().describe("There are more than were looked at"),
    totals: z.object({
      compared: z.int(),
      changed: z.int(),
      tellings: Both,
      additional: z.int(),
      spared: z.int(),
      earlier: z.int(),
      later: z.int(),
      otherwise: z.int().describe("By other channels, in another order, or held for another time"),
      critical: z.int(),
      untold: Both.describe("Critical ones of which nobody is told by a channel within the time asked for"),
      exhausted: Both.describe("Those whose last resort is told"),
      groundless: z.int().describe("Those whose acknowledgement on record can't be counted"),
      left_out: z
        .partialRecord(z.enum(reasons), z.int())
        .describe(
          `Those that could not be compared: ${reasons.map((one) => `${one}: ${REASONS[one]}`).join("; ")}`,
        ),
    }),
    delays: z
      .array(z.object({ up_to_seconds: z.int().nullable(), ...Both.shape }))
      .describe("How many tellings by a step come how long after the arrival; null: later than all others"),
    sends: z
      .array(Compared)
      .describe(`Those that would go otherwise, the latest first; ${MOST_LISTED} at most`),
  })
  .meta({
    id: "WhatIfAnswer",
    examples: [
      {
        territory_id: "west-hospital",
        from: "2026-02-01T00:00:00.000Z",
        to: "2026-02-08T00:00:00.000Z",
        cut: false,
        totals: {
          compared: 412,
          changed: 1,
          tellings: { before: 455, after: 456 },
          additional: 1,
          spared: 0,
          earlier: 0,
          later: 0,
          otherwise: 0,
          critical: 31,
          untold: { before: 0, after: 0 },
          exhausted: { before: 2, after: 2 },
          groundless: 0,
          left_out: { broadcast: 3 },
        },
        delays: [
          { up_to_seconds: 120, before: 0, after: 1 },
          { up_to_seconds: null, before: 43, after: 43 },
        ],
        sends: [
          {
            notification_id: "0195a1f0-0000-7000-8000-00000000000a",
            at: "2026-02-03T02:10:00.000Z",
            category: "patient_alert",
            priority: "critical",
            acknowledged_after_seconds: 240,
            groundless: false,
            before: [],
            after: [
              {
                user_id: "b.example",
                name: "B. Example",
                step: 1,
                after_seconds: 120,
                channels: [{ channel: "websocket", held_until: null, spared: false }],
              },
            ],
            additional: 1,
            spared: 0,
          },
        ],
      },
    ],
  });
export type WhatIfAnswer = z.output<typeof WhatIfAnswer>;
