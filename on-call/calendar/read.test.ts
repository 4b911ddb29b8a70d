import fc from "fast-check";
import { DateTime } from "luxon";
import { describe, expect, it } from "vitest";
import { CalendarError } from "./error.ts";
import { type Reading, readCalendar } from "./read.ts";

const ZONES = ["America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata"];
/** Days around which the clocks of one zone or another change in 2026. */
const NIGHTS = ["2026-03-08", "2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25", "2026-11-01"];
const NEW_YORK = "America/New_York";

const calendar = (...lines: string[]): string =>
  ["BEGIN:VCALENDAR", "VERSION:2.0", ...lines, "END:VCALENDAR", ""].join("\r\n");
const event = (...lines: string[]): string[] => ["BEGIN:VEVENT", "UID:one", ...lines, "END:VEVENT"];
const read = (text: string, zone = NEW_YORK): Reading =>
  readCalendar({
    text,
    zone,
    from: Date.parse("2026-01-01T00:00:00Z"),
    to: Date.parse("2027-01-01T00:00:00Z"),
  });
/** Whiles as they show on the clock of a zone. */
const shown = (reading: Reading, zone = NEW_YORK): string[] =>
  reading.occurrences.map(({ from, to }) =>
    [from, to].map((moment) => DateTime.fromMillis(moment, { zone }).toFormat("MM-dd HH:mm")).join(" – "),
  );

describe("a calendar's times", () => {
  it("are in UTC, in a zone that the calendar names, or by the schedule's clock", () => {
    const night = (start: string, end: string) => shown(read(calendar(...event(start, end))));
    expect(night("DTSTART:20260301T130000Z", "DTEND:20260301T210000Z")).toEqual([
      "03-01 08:00 – 03-01 16:00",
    ]);
    expect(
      night("DTSTART;TZID=Europe/London:20260301T130000", "DTEND;TZID=Europe/London:20260301T210000"),
    ).toEqual(["03-01 08:00 – 03-01 16:00"]);
    expect(night("DTSTART:20260301T080000", "DURATION:PT8H")).toEqual(["03-01 08:00 – 03-01 16:00"]);
    expect(night("DTSTART;VALUE=DATE:20260308", "DTEND;VALUE=DATE:20260310")).toEqual([
      "03-08 00:00 – 03-10 00:00",
    ]);
    expect(night("DTSTART;VALUE=DATE:20260308", "SUMMARY:a day")).toEqual(["03-08 00:00 – 03-09 00:00"]);
  });

  it("are in the zone that is meant by a name of Windows, a path or a VTIMEZONE's location", () => {
    const zone = (id: string, ...more: string[]) => [
      ...["BEGIN:VTIMEZONE", `TZID:${id}`, ...more, "END:VTIMEZONE"],
      ...event(`DTSTART;TZID="${id}":20260701T080000`, "DURATION:PT1H"),
    ];
    for (const lines of [
      zone("Eastern Standard Time"),
      zone("/softwarestudio.org/Tzfile/America/New_York"),
      zone("My zone", "X-LIC-LOCATION:America/New_York"),
    ])
      expect(shown(read(calendar(...lines))), lines[1]).toEqual(["07-01 08:00 – 07-01 09:00"]);
    const reading = read(calendar(...zone("Ward time")));
    expect(reading).toEqual({
      occurrences: [],
      unread: [{ uid: "one", starts_at: "20260701T080000", why: "zone_unknown" }],
    });
  });

  it("go from wall to wall in the nights in which clocks change, in every zone", () => {
    const hours = fc.integer({ min: 0, max: 23 });
    const two = (hour: number) => String(hour).padStart(2, "0");
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.constantFrom(...NIGHTS),
        hours,
        fc.constantFrom("00", "15", "30", "45"),
        (zone, night, hour, minute) => {
          // Each shift lasts until the next one: 24 hours by the clock on the wall.
          const first = DateTime.fromISO(night, { zone: "UTC" }).minus({ days: 3 }).toFormat("yyyyMMdd");
          const time = `${two(hour)}${minute}00`;
          const reading = read(
            calendar(
              ...event(`DTSTART;TZID=${zone}:${first}T${time}`, "DURATION:P1D", "RRULE:FREQ=DAILY;COUNT=7"),
            ),
            "UTC",
          );
          expect(reading.unread).toEqual([]);
          expect(reading.occurrences).toHaveLength(7);
          for (const [place, { from, to }] of reading.occurrences.entries()) {
            const next = reading.occurrences[place + 1];
            if (next !== undefined) expect(to).toBe(next.from);
            const day = DateTime.fromISO(night, { zone: "UTC" }).plus({ days: place - 3 });
            const wall = DateTime.fromMillis(from, { zone });
            const meant = DateTime.fromISO(`${day.toISODate()}T${two(hour)}:${minute}`, { zone });
            // What the clocks skip comes as long after the skip; luxon does the same.
            expect(wall.toFormat("MM-dd HH:mm")).toBe(meant.toFormat("MM-dd HH:mm"));
            // An hour that comes twice is meant the first time.
            expect(from).toBe(Math.min(...meant.getPossibleOffsets().map((one) => one.toMillis())));
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it("end at the wall's time that the calendar shows, not so many hours later", () => {
    const night = event(
      "DTSTART;TZID=America/New_York:20260306T200000",
      "DTEND;TZID=America/New_York:20260307T080000",
      "RRULE:FREQ=DAILY;UNTIL=20260309T000000Z",
    );
    expect(shown(read(calendar(...night)))).toEqual([
      "03-06 20:00 – 03-07 08:00",
      "03-07 20:00 – 03-08 08:00",
      "03-08 20:00 – 03-09 08:00",
    ]);
  });
});

describe("a repeated event", () => {
  const week = (...more: string[]) =>
    event(
      "DTSTART;TZID=America/New_York:20260302T080000",
      "DTEND;TZID=America/New_York:20260302T200000",
      "RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=4",
      ...more,
    );
  it("has times left out, added, moved and taken back", () => {
    const lines = [
      ...week(
        "EXDATE;TZID=America/New_York:20260309T080000",
        "RDATE;TZID=America/New_York:20260304T080000",
        "SUMMARY:Ada",
      ),
      ...event(
        "RECURRENCE-ID;TZID=America/New_York:20260316T080000",
        "DTSTART;TZID=America/New_York:20260317T090000",
        "DTEND;TZID=America/New_York:20260317T100000",
        "SUMMARY:Ben",
      ),
      ...event("RECURRENCE-ID:20260323T120000Z", "DTSTART:20260323T120000Z", "STATUS:CANCELLED"),
    ];
    const reading = read(calendar(...lines));
    expect(shown(reading)).toEqual([
      "03-02 08:00 – 03-02 20:00",
      "03-04 08:00 – 03-04 20:00",
      "03-17 09:00 – 03-17 10:00",
    ]);
    expect(reading.occurrences.map(({ whom }) => whom.summary)).toEqual(["Ada", "Ada", "Ben"]);
  });

  it("has days left out by their date, and goes on to the day that it ends on", () => {
    expect(shown(read(calendar(...week("EXDATE;VALUE=DATE:20260309"))))).toHaveLength(3);
    const days = event("DTSTART;VALUE=DATE:20260302", "RRULE:FREQ=DAILY;UNTIL=20260304");
    expect(shown(read(calendar(...days)))).toHaveLength(3);
    const last = event("DTSTART:20260302T200000", "DURATION:PT1H", "RRULE:FREQ=DAILY;UNTIL=20260304");
    expect(shown(read(calendar(...last)))).toHaveLength(3);
  });

  it("that began years ago goes on, and one that lies outside of the time asked for is not there", () => {
    const old = event("DTSTART:20100104T080000Z", "DURATION:P1D", "RRULE:FREQ=DAILY");
    expect(read(calendar(...old)).occurrences).toHaveLength(366);
    const over = event("DTSTART:20100104T080000Z", "DURATION:P1D", "RRULE:FREQ=DAILY;COUNT=9");
    expect(read(calendar(...over))).toEqual({ occurrences: [], unread: [] });
    // Begun before, and not over yet.
    expect(shown(read(calendar(...event("DTSTART:20251231T120000Z", "DURATION:P1D"))), "UTC")).toEqual([
      "12-31 12:00 – 01-01 12:00",
    ]);
  });

  it.each([
    ["RRULE:FREQ=SOMETIMES", "rule_unreadable"],
    ["RRULE:FREQ=DAILY\\nDTSTART:20000101T000000Z", "rule_unreadable"],
    ["RRULE:FREQ=DAILY;UNTIL=soon", "rule_unreadable"],
    ["RRULE:FREQ=DAILY;COUNT=99999999;BYSECOND=0", null],
    ["EXRULE:FREQ=DAILY", "rule_unreadable"],
    ["RECURRENCE-ID;RANGE=THISANDFUTURE:20260302T080000Z", "rule_unreadable"],
    ["EXDATE:20260230T080000Z", "time_unreadable"],
    ["RDATE;VALUE=PERIOD:20260302T080000Z/PT1H", "time_unreadable"],
  ])("that can't be followed is said: %s", (line, why) => {
    const { unread } = read(calendar(...event("DTSTART:20260302T080000Z", "DURATION:PT1H", line)));
    expect(unread).toEqual(why === null ? [] : [{ uid: "one", starts_at: "20260302T080000Z", why }]);
  });

  it.each([
    "DTEND:20260302T080000Z",
    "DTEND:20260301T080000Z",
    "SUMMARY:none",
    "DURATION:-PT1H",
    "DURATION:soon",
  ])("without a length is said: %s", (line) => {
    const { occurrences, unread } = read(calendar(...event("DTSTART:20260302T080000Z", line)));
    expect([occurrences, unread.map(({ why }) => why)]).toEqual([[], ["time_unreadable"]]);
  });
});

it("an event says whom it means, without rooms and those who declined", () => {
  const [one] = read(
    calendar(
      ...event(
        "DTSTART:20260302T080000Z",
        "DURATION:PT1H",
        "SUMMARY:Dr Ada\\, night",
        'ATTENDEE;CN="Ada: Example; MD";PARTSTAT=ACCEPTED:mailto:Ada@West.Exam',
        " ple",
        "ATTENDEE;CUTYPE=ROOM:mailto:room@west.example",
        "ATTENDEE;PARTSTAT=DECLINED:mailto:ben@west.example",
        "ATTENDEE;EMAIL=cleo@west.example:urn:uuid:7",
        "ORGANIZER:MAILTO:boss@west.example",
        "X-TOCSIN-USER:a.example",
      ),
    ),
  ).occurrences;
  expect(one?.whom).toEqual({
    user: "a.example",
    emails: ["Ada@West.Example", "cleo@west.example"],
    organizer: "boss@west.example",
    summary: "Dr Ada, night",
  });
});

it.each([
  "",
  "<html><body>Sign in</body></html>",
  "BEGIN:VCALENDAR\r\n",
  calendar("BEGIN:VEVENT", "UID:one"),
  calendar(...event("DTSTART:20260302T080000Z")).slice(0, -20),
  "BEGIN:VCARD\r\nEND:VCARD\r\n",
  calendar(...Array<string>(9).fill("BEGIN:VEVENT")),
])("what is no calendar, or breaks off, is refused as a whole: %j", (text) => {
  expect(() => read(text)).toThrow(CalendarError);
});
