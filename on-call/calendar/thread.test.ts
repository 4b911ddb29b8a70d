import { expect, it } from "vitest";
import type { Reading } from "./read.ts";
import { readInThread } from "./thread.ts";

const DAY = 86_400_000;
const NOW = Date.parse("2026-03-01T00:00:00Z");
/** What a file may hold. */
const BYTES = 262_144;
/** A day's hours, or an hour's minutes. */
const upTo = (count: number): string => Array.from({ length: count }, (_, place) => place).join();

const calendar = (body: string): string => `BEGIN:VCALENDAR\r\n${body}END:VCALENDAR\r\n`;
const event = (...lines: string[]): string => ["BEGIN:VEVENT", ...lines, "END:VEVENT", ""].join("\r\n");
const asManyAsFit = (text: string): string => text.repeat(Math.floor((BYTES - 40) / text.length));
const START = ["DTSTART:20260226T000000Z", "DURATION:PT1S"];

/** Reads it, and counts what this thread did meanwhile. */
async function read(text: string, longest?: number): Promise<{ reading: Reading; others: number }> {
  let others = 0;
  const other = setInterval(() => others++, 1);
  try {
    const question = { text, zone: "America/New_York", from: NOW - 7 * DAY, to: NOW + 366 * DAY };
    return { reading: await readInThread(question, longest), others };
  } finally {
    clearInterval(other);
  }
}

it("reads a calendar beside everything else", async () => {
  const weekly = asManyAsFit(event(...START, "RRULE:FREQ=WEEKLY;COUNT=2"));
  const { reading, others } = await read(calendar(weekly), 60_000);
  expect(reading.occurrences.length).toBeGreaterThan(4_000);
  expect(others).toBeGreaterThan(10);
});

it.each([
  ["every second, many times over", asManyAsFit(event(...START, "RRULE:FREQ=SECONDLY"))],
  [
    "every second of a year at once",
    asManyAsFit(
      event(...START, `RRULE:FREQ=YEARLY;BYHOUR=${upTo(24)};BYMINUTE=${upTo(60)};BYSECOND=${upTo(60)}`),
    ),
  ],
])("gives one up that takes too long: %s", async (_, body) => {
  await expect(read(calendar(body), 1_500)).rejects.toMatchObject({ fault: "too_long" });
});

it.each([
  ["every second without an end", event(...START, "RRULE:FREQ=SECONDLY"), 0, ["too_many_times"]],
  ["a day that never comes", event(...START, "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), 1, []],
  ["a line of many pieces", `SUMMARY:x\r\n${" \r\n".repeat(80_000)}`, 0, []],
  ["a line as long as the file", `SUMMARY:${"x".repeat(250_000)}\r\n`, 0, []],
  ["a line of many parameters", `SUMMARY${";A=B".repeat(60_000)}:x\r\n`, 0, []],
  [
    "many times that are left out",
    event(
      ...START,
      "RRULE:FREQ=DAILY;COUNT=9",
      `EXDATE:${"20100101T000000Z,".repeat(15_000)}20100101T000000Z`,
    ),
    9,
    [],
  ],
])("reads what looks worse than it is: %s", async (_, body, occurrences, unread) => {
  const { reading } = await read(calendar(body), 60_000);
  expect([reading.occurrences.length, reading.unread.map(({ why }) => why)]).toEqual([occurrences, unread]);
});

it("refuses more shifts than are kept", async () => {
  const often = event(...START, "RRULE:FREQ=HOURLY");
  await expect(read(calendar(often), 60_000)).rejects.toMatchObject({ fault: "too_many_shifts" });
});
