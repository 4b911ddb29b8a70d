import { z } from "zod";
import { TIME_OF_DAY } from "../../channels/contract.ts";
import { WEEKDAYS } from "../../on-call/hours.ts";
import { changesADay, faultOfRule } from "../../on-call/layer.ts";
import { isZone } from "../../on-call/zone.ts";
import { isPeoplesRole, RoleName } from "../../store/notifications/escalation.ts";
import { ByText, ByTime } from "../http/cursor.ts";
import { invalid, type Problem } from "../http/errors.ts";
import { CALENDAR_EXAMPLE, CalendarState } from "./calendar-schema.ts";
import { GivenTime, Id, Name, Next, pageBy, Time } from "../http/schema.ts";

const TIME = z.string().regex(TIME_OF_DAY, "must be HH:MM");
const MOST_LAYERS = 10;
const MOST_PEOPLE = 100;
const MOST_HOURS = 20;
/** How far a schedule is shown at a time, and how long an override lasts; days. */
const MOST_DAYS = 62;
/** How long ago an override may begin, so that who was on call is not told otherwise afterwards; days. */
const MOST_AGO = 1;
/** How far ahead an override may begin; days. */
const MOST_AHEAD = 366;
const DAY = 86_400_000;

/** The name by which sends and steps ask for an on-call role. */
export const OnCallRoleName = RoleName.refine(
  (role) => !isPeoplesRole(role),
  "is a role that people have themselves",
);

const Zone = z.string().max(64).refine(isZone, "is not a time zone");

const EXAMPLE_LAYER = {
  name: "Weeks",
  people: ["a.example", "b.example"],
  starts: "2026-01-05T08:00",
  rule: "FREQ=WEEKLY;BYDAY=MO",
  hours: [],
};

const Layer = z
  .strictObject({
    name: Name,
    people: z.array(Id).min(1).max(MOST_PEOPLE).describe("In the order of their turns"),
    starts: z
      .string()
      .regex(/^20\d\d-[01]\d-[0-3]\dT([01]\d|2[0-3]):[0-5]\d$/, "must be YYYY-MM-DDTHH:MM")
      .refine((starts) => !Number.isNaN(Date.parse(`${starts}:00Z`)), "is no time")
      .describe("The first hand-off, by the schedule's clock"),
    rule: z
      .string()
      .max(200)
      .describe(
        "When one hands over to the next: an RRULE of FREQ, INTERVAL, BYDAY and BYHOUR, without an end",
      ),
    hours: z
      .array(z.strictObject({ days: z.array(z.enum(WEEKDAYS)).min(1).max(7), from: TIME, to: TIME }))
      .max(MOST_HOURS)
      .default([])
      .describe("The hours of the week in which it has somebody; empty: always"),
  })
  .superRefine(({ rule, starts }, { addIssue }) => {
    const fault = faultOfRule(rule, starts);
    if (fault !== null) addIssue({ code: "custom", path: ["rule"], message: fault });
  });

const Fallback = z
  .union([z.strictObject({ user_id: Id }), z.strictObject({ role: OnCallRoleName })])
  .nullable()
  .describe("Who is told in a gap: a person, or whoever has another on-call role");

/** Of all layers together, in a day: what a look at a schedule costs follows from it. */
const MOST_CHANGES = 150;

const LAYERS = z
  .array(Layer)
  .max(MOST_LAYERS)
  .refine((layers) => layers.reduce((sum, layer) => sum + changesADay(layer), 0) <= MOST_CHANGES, {
    error: `may change hands ${MOST_CHANGES} times a day at most, hours included`,
  })
  .describe("The first that has somebody counts; none: a calendar that is read in has all shifts");

const EXAMPLE = {
  territory_id: "west-hospital",
  name: "Nephrology",
  zone: "America/New_York",
  layers: [EXAMPLE_LAYER],
  fallback: { user_id: "c.example" },
};

export const NewSchedule = z
  .strictObject({
    territory_id: Id,
    name: Name,
    zone: Zone,
    layers: LAYERS,
    fallback: Fallback.default(null),
  })
  .meta({ id: "NewSchedule", examples: [EXAMPLE] });
export type NewSchedule = z.output<typeof NewSchedule>;

export const ScheduleChange = z
  .strictObject({
    name: Name.optional(),
    zone: Zone.optional(),
    layers: LAYERS.optional(),
    fallback: Fallback.optional(),
  })
  .meta({ id: "ScheduleChange", examples: [{ name: "Nephrology, nights" }] });

export const Schedule = z
  .object({
    schedule_id: z.uuid(),
    ...{ territory_id: z.string(), name: z.string(), zone: z.string(), layers: LAYERS, fallback: Fallback },
    roles: z.array(z.string()).describe("The on-call roles that go by it"),
    calendar: CalendarState.nullable().describe(
      "The calendar whose shifts count before the layers; null: none",
    ),
    feed: z.boolean().describe("Calendars may subscribe to it: it has an address for them"),
    created_at: Time,
  })
  .meta({
    id: "Schedule",
    examples: [
      {
        schedule_id: "0195a1f0-0000-7000-8000-00000000000b",
        ...EXAMPLE,
        roles: ["nephrology-on-call"],
        calendar: { ...CALENDAR_EXAMPLE, unknown: 0 },
        feed: false,
        created_at: "2026-01-05T08:00:00.000Z",
      },
    ],
  });
export type Schedule = z.output<typeof Schedule>;

export const OfTerritory = pageBy(ByTime).extend({ territory: z.string().max(200).optional() });
export type OfTerritory = z.output<typeof OfTerritory>;
export const ScheduleList = z.object({ schedules: z.array(Schedule), next: Next });

/** A while of a schedule to look at. */
export const While = z.strictObject({
  from: GivenTime.optional().describe("Now unless given"),
  to: GivenTime.optional().describe(`Seven days after unless given; ${MOST_DAYS} at most`),
});

/** @throws Problem 422 where it ends before it begins, or is too long */
export function whileOf({
  from = new Date(),
  to = new Date(from.getTime() + 7 * DAY),
}: z.output<typeof While>): {
  from: Date;
  to: Date;
} {
  const fault = (message: string): Problem => invalid([{ path: "/to", message }]);
  if (to <= from) throw fault("must be after from");
  if (to.getTime() - from.getTime() > MOST_DAYS * DAY)
    throw fault(`must be ${MOST_DAYS} days after from at most`);
  return { from, to };
}

export const Person = z.object({ user_id: z.string(), name: z.string() });
const SOMEBODY = { user_id: "a.example", name: "A. Example" };

export const Shifts = z
  .object({
    shifts: z
      .array(
        z.object({
          from: Time,
          to: Time,
          person: Person.nullable().describe("null: a gap, which the fallback answers"),
          layer: z.string().nullable().describe("null: an override, or a gap; a calendar's are Calendar"),
        }),
      )
      .describe("They cover the time asked for whole, and none overlaps another"),
    people: z.array(Person).describe("Whoever has turns in its layers and its calendar"),
  })
  .meta({
    id: "Shifts",
    examples: [
      {
        shifts: [
          {
            from: "2026-02-02T13:00:00.000Z",
            to: "2026-02-09T13:00:00.000Z",
            person: SOMEBODY,
            layer: "Weeks",
          },
        ],
        people: [SOMEBODY, { user_id: "b.example", name: "B. Example" }],
      },
    ],
  });

export const NewOverride = z
  .strictObject({ user_id: Id, starts_at: GivenTime, ends_at: GivenTime })
  .refine(({ starts_at, ends_at }) => ends_at > starts_at, {
    path: ["ends_at"],
    message: "must be after starts_at",
  })
  .refine(({ ends_at }) => ends_at > new Date(), { path: ["ends_at"], message: "must lie ahead" })
  .refine(({ starts_at, ends_at }) => ends_at.getTime() - starts_at.getTime() <= MOST_DAYS * DAY, {
    path: ["ends_at"],
    message: `must be ${MOST_DAYS} days after starts_at at most`,
  })
  .refine(({ starts_at }) => starts_at.getTime() >= Date.now() - MOST_AGO * DAY, {
    path: ["starts_at"],
    message: `must be ${MOST_AGO} day ago at most`,
  })
  .refine(({ starts_at }) => starts_at.getTime() <= Date.now() + MOST_AHEAD * DAY, {
    path: ["starts_at"],
    message: "must be within a year",
  })
  .meta({
    id: "NewOverride",
    examples: [{ user_id: "b.example", starts_at: "2026-02-03T18:00:00Z", ends_at: "2026-02-04T08:00:00Z" }],
  });
export type NewOverride = z.output<typeof NewOverride>;

export const Override = z
  .object({ override_id: z.uuid(), person: Person, starts_at: Time, ends_at: Time })
  .meta({
    id: "Override",
    examples: [
      {
        override_id: "0195a1f0-0000-7000-8000-00000000000c",
        person: SOMEBODY,
        starts_at: "2026-02-03T18:00:00.000Z",
        ends_at: "2026-02-04T08:00:00.000Z",
      },
    ],
  });
export const OverrideList = z.object({ overrides: z.array(Override) });
export const ByOverride = z.object({ id: z.uuid(), override: z.uuid() });

const Code = z
  .strictObject({ system: z.url().max(200), code: Name.max(100) })
  .nullable()
  .describe("Of a FHIR PractitionerRole");

export const NewRole = z
  .strictObject({
    territory_id: Id,
    role: OnCallRoleName,
    name: Name,
    code: Code.default(null),
    schedule_id: z.uuid(),
  })
  .meta({
    id: "NewRole",
    examples: [
      {
        territory_id: "west-hospital",
        role: "nephrology-on-call",
        name: "Nephrology on call",
        code: { system: "http://snomed.info/sct", code: "11911009" },
        schedule_id: "0195a1f0-0000-7000-8000-00000000000b",
      },
    ],
  });
export type NewRole = z.output<typeof NewRole>;
export const RoleChange = z
  .strictObject({ name: Name.optional(), code: Code.optional(), schedule_id: z.uuid().optional() })
  .meta({ id: "RoleChange", examples: [{ name: "Nephrology, on call" }] });

export const Role = z
  .object({
    role_id: z.uuid(),
    ...{ territory_id: z.string(), role: z.string(), name: z.string(), code: Code },
    schedule_id: z.uuid(),
    created_at: Time,
  })
  .meta({
    id: "OnCallRole",
    examples: [
      {
        role_id: "0195a1f0-0000-7000-8000-00000000000d",
        territory_id: "west-hospital",
        role: "nephrology-on-call",
        name: "Nephrology on call",
        code: null,
        schedule_id: "0195a1f0-0000-7000-8000-00000000000b",
        created_at: "2026-01-05T08:00:00.000Z",
      },
    ],
  });
export type Role = z.output<typeof Role>;
export const RolesQuery = pageBy(ByText).extend({ territory: z.string().max(200).optional() });
export type RolesQuery = z.output<typeof RolesQuery>;
export const RoleList = z.object({ roles: z.array(Role), next: Next });

export const OnCallQuery = z.strictObject({
  territory: z.string().min(1).max(200),
  role: OnCallRoleName.optional().describe("All of the territory unless given"),
  at: GivenTime.default(() => new Date()).describe("Now unless given"),
});

export const OnCallAnswer = z
  .object({
    at: Time,
    on_call: z.array(
      z.object({
        role: z.string(),
        name: z.string(),
        person: Person.nullable().describe("null: nobody who can be reached"),
        absence: z
          .object({
            status: z.enum(["busy", "away"]),
            until: Time,
            cover: Person.nullable().describe("Who gets what comes for them, too or instead; null: nobody"),
          })
          .nullable()
          .describe("They are not there then; null: they are, or the moment is past"),
        gap: z.boolean().describe("Nobody who can be reached has their turn; `person` is the fallback"),
        schedule_id: z.uuid(),
      }),
    ),
  })
  .meta({
    id: "OnCall",
    examples: [
      {
        at: "2026-02-03T09:30:00.000Z",
        on_call: [
          {
            role: "nephrology-on-call",
            name: "Nephrology on call",
            person: SOMEBODY,
            absence: {
              status: "away",
              until: "2026-02-03T14:00:00.000Z",
              cover: { user_id: "b.example", name: "B. Example" },
            },
            gap: false,
            schedule_id: "0195a1f0-0000-7000-8000-00000000000b",
          },
        ],
      },
    ],
  });

/** The token is shown once: whoever has the address reads the schedule. */
export const Feed = z.object({ url: z.url(), token: z.string() }).meta({
  id: "ScheduleFeed",
  examples: [
    {
      url: "https://tocsin.west.example/api/calendars/Jm9yIGNhbGVuZGFycyB0aGF0IGFzaw",
      token: "Jm9yIGNhbGVuZGFycyB0aGF0IGFzaw",
    },
  ],
});
