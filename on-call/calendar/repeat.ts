import { RRuleTemporal } from "rrule-temporal";
import { EventError } from "./error.ts";
import type { Event } from "./event.ts";
import { readTime, type Times } from "./times.ts";

const DAY = 86_400_000;
/** The parts of a rule with their values: what goes on to the library can hold no line of its own. */
const RULE = /^[A-Z]+=[A-Z0-9,+-]+(;[A-Z]+=[A-Z0-9,+-]+)*;?$/;
const MOST_CHARACTERS = 500;
/** Periods that are walked from the first to the last: a shift of every day for 100 years. */
const MOST_PERIODS = 40_000;

/** An occurrence's beginning as if its clock showed UTC. The library asks for no more of what it makes. */
const AS_UTC = {
  ZonedDateTime: {
    from: (text: string) => ({
      timeZoneId: "UTC",
      wall: Date.parse(text.replace(/\[.*$/, "")),
      toString: () => text,
    }),
  },
};

/**
 * When a repeated event begins, by the clock of its zone, as if that showed UTC; ms. It is repeated by the clock on the wall, so that none falls
 * away in an hour which the clocks skip; `on-call/clock.ts` says when those are.
 * @param from by the same clock; those that begin from here to `to` are found
 * @throws EventError
 */
export function beginningsOf(
  { start, rule, lasts }: Event,
  times: Times,
  from: number,
  to: number,
): number[] {
  if (rule === null) return [start.wall];
  const text = rule.toUpperCase();
  if (text.length > MOST_CHARACTERS || !RULE.test(text)) throw new EventError("rule_unreadable");
  const parts = text.split(";").filter((part) => part !== "");
  const bounded = parts.map((part) => (part.startsWith("UNTIL=") ? untilOf(part, start.zone, times) : part));
  const ago = lasts.wall + lasts.exact + 2 * DAY;
  try {
    return new RRuleTemporal({
      rruleString: `DTSTART:${compact(start.wall)}\nRRULE:${bounded.join(";")}`,
      temporal: AS_UTC,
      includeDtstart: true,
      maxIterations: MOST_PERIODS,
      cache: false,
    })
      .between(new Date(from - ago), new Date(to + 2 * DAY), true)
      .map(({ wall }) => wall);
  } catch (error) {
    const isLong = error instanceof Error && /maximum/i.test(error.message);
    throw new EventError(isLong ? "too_many_times" : "rule_unreadable");
  }
}

/** The last moment of a rule by the clock of its zone; a day lasts until its end. */
function untilOf(part: string, zone: string, times: Times): string {
  const read = readTime(part.slice("UNTIL=".length));
  if (read === null) throw new EventError("rule_unreadable");
  const { wall, isDay, isUtc } = read;
  const last = isDay ? wall + DAY - 1_000 : isUtc ? times.wallOf(wall, zone) : wall;
  return `UNTIL=${compact(last)}`;
}

/** As iCalendar writes UTC: 20260105T080000Z */
const compact = (wall: number): string =>
  `${new Date(wall).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
