import { CalendarError, EventError, type EventFault } from "./error.ts";
import { clean, type Event, readEvent, textOf, type Whom } from "./event.ts";
import { type Component, type Line, readComponents } from "./lines.ts";
import { beginningsOf } from "./repeat.ts";
import { createTimes, type Time, type Times } from "./times.ts";

/** A while that an event takes; ms since the epoch. */
export interface Occurrence {
  from: number;
  to: number;
  uid: string;
  whom: Whom;
}

/** An event that makes no shift. */
export interface UnreadEvent {
  uid: string;
  /** As the calendar writes it, or in UTC. */
  starts_at: string;
  why: EventFault;
}

export interface Reading {
  /** In the order of the calendar. */
  occurrences: Occurrence[];
  unread: UnreadEvent[];
}

/** What a calendar is read for. */
export interface Question {
  text: string;
  /** The zone of whole days and of times without one. */
  zone: string;
  /** ms since the epoch. */
  from: number;
  to: number;
}

/** Whiles of a calendar in the time that is asked for: one in every hour and a half of a year. */
const MOST_OCCURRENCES = 6_000;
const DAY = 86_400_000;

/**
 * The whiles of a calendar that touch some time. It may take long: `thread.ts` bounds it.
 * @throws CalendarError
 */
export function readCalendar({ text, zone, from, to }: Question): Reading {
  const reading: Reading = { occurrences: [], unread: [] };
  for (const calendar of readComponents(text)) {
    const times = createTimes(calendar, zone, from - 3 * DAY, to + 3 * DAY);
    const events = eventsOf(calendar, times, reading.unread);
    for (const { event, uid, line } of events) {
      if (event.cancelled) continue;
      try {
        if (event.lasts.wall + event.lasts.exact <= 0) throw new EventError("time_unreadable");
        for (const begins of beginnings(event, uid, events, times, from, to)) {
          const [starts, ends] = spanOf(event, begins, times);
          if (ends <= starts || ends <= from || starts >= to) continue;
          if (reading.occurrences.length >= MOST_OCCURRENCES) throw new CalendarError("too_many_shifts");
          reading.occurrences.push({ from: starts, to: ends, uid, whom: event.whom });
        }
      } catch (error) {
        if (!(error instanceof EventError)) throw error;
        reading.unread.push({ uid, starts_at: line, why: error.fault });
      }
    }
  }
  return reading;
}

interface Found {
  event: Event;
  uid: string;
  /** When it begins, as it stands there. */
  line: string;
}

function eventsOf(calendar: Component, times: Times, unread: UnreadEvent[]): Found[] {
  return calendar.parts.flatMap((part): Found[] => {
    if (part.name !== "VEVENT") return [];
    const find = (name: string): Line | undefined => part.lines.find((one) => one.name === name);
    const uid = textOf(find("UID")) ?? "";
    const line = clean(find("DTSTART")?.value ?? "");
    try {
      return [{ event: readEvent(part, times), uid, line }];
    } catch (error) {
      if (!(error instanceof EventError)) throw error;
      unread.push({ uid, starts_at: line, why: error.fault });
      return [];
    }
  });
}

/** When an event begins: by its rule and what it adds, without what it leaves out and what others take the place of; by its zone's clock. */
function beginnings(
  event: Event,
  uid: string,
  events: Found[],
  times: Times,
  from: number,
  to: number,
): number[] {
  if (event.replaces !== null) return [event.start.wall];
  const replaced = events.flatMap((other) => (other.uid === uid ? (other.event.replaces ?? []) : []));
  // Of what lies outside of the time that is asked for, nothing begins anyway.
  const ago = event.lasts.wall + event.lasts.exact + 3 * DAY;
  const without = [...event.leavesOut, ...replaced].filter(
    ({ wall }) => wall >= from - ago && wall <= to + 3 * DAY,
  );
  const moments = new Set(without.filter(({ isDay }) => !isDay).map(times.momentOf));
  const days = new Set(without.filter(({ isDay }) => isDay).map(({ wall }) => wall));
  const added = event.adds.map((time) => wallIn(event.start.zone, time, times));
  const all = new Set([...beginningsOf(event, times, from, to), ...added]);
  return [...all].filter((wall) => {
    const day = Math.floor(wall / DAY) * DAY;
    return !days.has(day) && !moments.has(times.momentOf({ ...event.start, wall }));
  });
}

const wallIn = (zone: string, time: Time, times: Times): number =>
  time.zone === zone ? time.wall : times.wallOf(times.momentOf(time), zone);

/** From and to of an event that begins so; ms since the epoch. */
function spanOf({ start, lasts }: Event, begins: number, times: Times): [number, number] {
  const ends = times.momentOf({ ...start, wall: begins + lasts.wall });
  return [times.momentOf({ ...start, wall: begins }), ends + lasts.exact];
}
