import { IANAZone } from "luxon";
import { findIana } from "windows-iana";
import { type Clock, clockOf } from "../clock.ts";
import { EventError } from "./error.ts";
import type { Component, Line } from "./lines.ts";

/** A time by the clock of a zone. */
export interface Time {
  /** What the clock shows, as if it showed UTC; ms. */
  wall: number;
  zone: string;
  /** A day without a time. */
  isDay: boolean;
}

/** How long an event lasts: days by the clock on the wall, then ms. */
export interface Duration {
  wall: number;
  exact: number;
}

/** Finds the zones that a calendar names, and reads its times. */
export interface Times {
  /** @throws EventError */
  of(line: Line, text?: string): Time;
  momentOf(time: Time): number;
  /** A moment by the clock of a zone, as if that showed UTC; ms. */
  wallOf(moment: number, zone: string): number;
}

const TIME = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?$/;
const DURATION = /^\+?P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?$/;
const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000];

/** A time of iCalendar as if its clock showed UTC, and whether it is in UTC; null for what is none. */
export function readTime(text: string): { wall: number; isDay: boolean; isUtc: boolean } | null {
  const [, year = "", month = "", day = "", hour, minute = "", second = "", utc = ""] = TIME.exec(text) ?? [];
  if (year === "") return null;
  const date = `${year}-${month}-${day}`;
  // A leap second is the one before it.
  const time = hour === undefined ? "00:00:00" : `${hour}:${minute}:${second === "60" ? "59" : second}`;
  const wall = Date.parse(`${date}T${time}Z`);
  // 30 February would be taken for 2 March.
  if (Number.isNaN(wall) || new Date(wall).toISOString().slice(0, 10) !== date) return null;
  return { wall, isDay: hour === undefined, isUtc: utc === "Z" };
}

/** @throws EventError */
export function readDuration(text: string): Duration {
  const parts = DURATION.exec(text.trim());
  if (parts === null) throw new EventError("time_unreadable");
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = parts
    .slice(1)
    .map((part) => Number(part ?? 0));
  return {
    wall: (weeks * 7 + days) * DAY,
    exact: hours * HOUR + minutes * MINUTE + seconds * SECOND,
  };
}

/**
 * @param own the zone of days and of times that name none
 * @param from times from here to `to` are looked up fast; ms
 */
export function createTimes(calendar: Component, own: string, from: number, to: number): Times {
  const named = new Map(
    calendar.parts
      .filter(({ name }) => name === "VTIMEZONE")
      .map(({ lines }) => [
        lines.find(({ name }) => name === "TZID")?.value ?? "",
        lines.find(({ name }) => name === "X-LIC-LOCATION")?.value ?? "",
      ]),
  );
  const zones = new Map<string, string | null>();
  const clocks = new Map<string, Clock>();
  const zoneNamed = (id: string): string => {
    const known = zones.get(id);
    const zone = known === undefined ? ianaOf(id, named.get(id) ?? "") : known;
    zones.set(id, zone);
    if (zone === null) throw new EventError("zone_unknown");
    return zone;
  };
  const clockAt = (zone: string, moment: number): Clock => {
    if (moment < from || moment > to) return clockOf(zone, moment, moment);
    const clock = clocks.get(zone) ?? clockOf(zone, from, to);
    clocks.set(zone, clock);
    return clock;
  };
  return {
    of: ({ params, value }, text = value) => {
      const read = readTime(text.trim());
      if (read === null) throw new EventError("time_unreadable");
      const { wall, isDay, isUtc } = read;
      const id = params.get("TZID");
      const zone = isUtc ? "UTC" : isDay || id === undefined ? own : zoneNamed(id);
      return { wall, zone, isDay };
    },
    momentOf: ({ wall, zone }) => clockAt(zone, wall).momentOf(wall),
    wallOf: (moment, zone) => clockAt(zone, moment).wallOf(moment),
  };
}

/** The IANA zone that a calendar means by a name: its own, at the end of a path, one of Windows, or one that stands beside it; null for none. */
function ianaOf(id: string, beside: string): string | null {
  const path = id.split("/").filter((part) => part !== "");
  const names = [id, path.slice(-2).join("/"), path.slice(-3).join("/"), ...findIana(id), beside];
  return names.find((name) => name !== "" && IANAZone.isValidZone(name)) ?? null;
}
