import { EventError } from "./error.ts";
import type { Component, Line } from "./lines.ts";
import { type Duration, readDuration, type Time, type Times } from "./times.ts";

/** Whom an event may mean. */
export interface Whom {
  /** X-TOCSIN-USER: an id. */
  user: string | null;
  /** Of those who attend, rooms and those who declined aside. */
  emails: string[];
  organizer: string | null;
  summary: string | null;
}

/** A VEVENT. */
export interface Event {
  start: Time;
  /** By the clock of its start. */
  lasts: Duration;
  rule: string | null;
  /** Further beginnings, and those that are left out. */
  adds: Time[];
  leavesOut: Time[];
  /** Which time of a repeated event this one takes the place of; null for one that stands for itself. */
  replaces: Time | null;
  cancelled: boolean;
  whom: Whom;
}

const DAY = 86_400_000;
/** Of a name, an id or an email. */
const LONGEST_TEXT = 254;

/** What a VEVENT says. @throws EventError */
export function readEvent({ lines }: Component, times: Times): Event {
  const find = (name: string): Line | undefined => lines.find((line) => line.name === name);
  const all = (name: string): Time[] =>
    lines.flatMap((line) =>
      line.name === name ? line.value.split(",").map((text) => times.of(line, text)) : [],
    );
  const starts = find("DTSTART");
  if (starts === undefined) throw new EventError("time_unreadable");
  const start = times.of(starts);
  const rules = lines.filter(({ name }) => name === "RRULE");
  const replaced = find("RECURRENCE-ID");
  // Rules that take times out went with RFC 5545, and of two that add none says where the other ends.
  if (rules.length > 1 || find("EXRULE") !== undefined || replaced?.params.has("RANGE") === true)
    throw new EventError("rule_unreadable");
  return {
    start,
    lasts: lengthOf(start, find("DTEND"), find("DURATION"), times),
    rule: rules[0]?.value.trim() ?? null,
    adds: all("RDATE"),
    leavesOut: all("EXDATE"),
    replaces: replaced === undefined ? null : times.of(replaced),
    cancelled: find("STATUS")?.value.trim().toUpperCase() === "CANCELLED",
    whom: {
      user: textOf(find("X-TOCSIN-USER")),
      emails: lines.filter(attends).flatMap((line) => emailOf(line) ?? []),
      organizer: emailOf(find("ORGANIZER")),
      summary: textOf(find("SUMMARY")),
    },
  };
}

/**
 * An end is one by the clock on the wall, as calendars show it: a shift from 20:00 to 08:00 ends at 08:00 in the nights in which clocks change,
 * too.
 */
function lengthOf(start: Time, ends: Line | undefined, lasts: Line | undefined, times: Times): Duration {
  if (ends === undefined && lasts === undefined) return { wall: start.isDay ? DAY : 0, exact: 0 };
  if (ends === undefined) return readDuration(lasts?.value ?? "");
  const end = times.of(ends);
  const wall = end.zone === start.zone ? end.wall : times.wallOf(times.momentOf(end), start.zone);
  return { wall: wall - start.wall, exact: 0 };
}

const attends = ({ name, params }: Line): boolean => {
  const says = (param: string): string => params.get(param)?.toUpperCase() ?? "";
  return (
    name === "ATTENDEE" &&
    ["", "INDIVIDUAL"].includes(says("CUTYPE")) &&
    says("ROLE") !== "NON-PARTICIPANT" &&
    says("PARTSTAT") !== "DECLINED"
  );
};

function emailOf(line: Line | undefined): string | null {
  const [, address] = /^mailto:(.+)$/i.exec(line?.value.trim() ?? "") ?? [];
  return clean(address ?? line?.params.get("EMAIL") ?? "") || null;
}

/** A text without its escapes; null where it is empty. */
export function textOf(line: Line | undefined): string | null {
  const text = line?.value.replaceAll(/\\([\\;,nN])/g, (_, one: string) => (/n/i.test(one) ? " " : one));
  return clean(text ?? "") || null;
}

/** Somebody else's text, as it is compared, kept and shown. */
export const clean = (text: string): string =>
  text
    .replaceAll(/[\u0000-\u001f\u007f]/g, " ")
    .trim()
    .slice(0, LONGEST_TEXT)
    .toWellFormed();
