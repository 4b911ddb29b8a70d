import { z } from "zod";
import { EVENT_FAULTS } from "../../on-call/calendar/error.ts";
import { Time } from "../http/schema.ts";

const LONGEST_URL = 2_000;

/** Where a calendar is read from. Calendar programs write `webcal:` for HTTPS. */
const Address = z
  .string()
  .max(LONGEST_URL)
  .transform((text) => text.replace(/^webcals?:/i, "https:"))
  .refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : null;
    return url !== null && /^https?:$/.test(url.protocol);
  }, "must be an address of https")
  .refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : null;
    return url === null || (url.username === "" && url.password === "" && url.hash === "");
  }, "must hold no user name, password or fragment")
  .describe("HTTPS or webcal; plain HTTP to hosts in CHANNEL_PRIVATE_HOSTS alone");

export const NewSubscription = z.strictObject({ url: Address }).meta({
  id: "NewCalendarSubscription",
  examples: [{ url: "https://rota.west.example/nephrology.ics?token=Jm9yIGNhbGVuZGFycw" }],
});

const UnknownEvent = z.object({
  uid: z.string(),
  starts_at: z.string().describe("Its first time within what was read, or as the calendar writes it"),
  why: z.enum(EVENT_FAULTS),
});
const UNKNOWN = { uid: "b7@rota.west.example", starts_at: "2026-02-03T18:00:00.000Z", why: "person_unknown" };

export const CalendarReading = z
  .object({
    shifts: z.int().describe("Whiles that somebody has by it"),
    reads_until: Time,
    unknown: z.array(UnknownEvent).describe("Events that make no shift"),
  })
  .meta({
    id: "CalendarReading",
    examples: [{ shifts: 104, reads_until: "2027-02-03T09:30:00.000Z", unknown: [UNKNOWN] }],
  });

export const CALENDAR = {
  source: z.enum(["file", "url"]),
  host: z.string().nullable().describe("Of the address; the rest of it is shown to nobody"),
  read_at: Time.describe("When its source was last known to be as it was read"),
  reads_until: Time.describe("It says nothing of what comes after"),
  failing_since: Time.nullable().describe("Since when it can't be read; what was read last goes on"),
  failure: z.string().nullable().describe("A code"),
};
export const CALENDAR_EXAMPLE = {
  source: "url" as const,
  host: "rota.west.example",
  read_at: "2026-02-03T09:30:00.000Z",
  reads_until: "2027-02-03T09:30:00.000Z",
  failing_since: null,
  failure: null,
};

/** As everybody of the territory sees it with its schedule. */
export const CalendarState = z.object({
  ...CALENDAR,
  unknown: z.int().describe("How many events make no shift"),
});
export type CalendarState = z.output<typeof CalendarState>;

/** As supervisors see it. */
export const Calendar = z
  .object({ ...CALENDAR, unknown: z.array(UnknownEvent).describe("The first 200 events that make no shift") })
  .meta({ id: "ScheduleCalendar", examples: [{ ...CALENDAR_EXAMPLE, unknown: [UNKNOWN] }] });
