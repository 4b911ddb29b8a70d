import { DateTime } from "luxon";
// oxlint-disable-next-line import/default -- Node loads its CommonJS form, which has one
import rrule from "rrule";
import { type Hours, hoursAround, isWithin } from "./hours.ts";

/** People who take turns: each is on call from one hand-off to the next. */
export interface Layer {
  name: string;
  /** Ids, in the order of their turns. */
  people: string[];
  /** The first hand-off, by the schedule's clock: "2026-01-05T08:00". Before it the layer has nobody. */
  starts: string;
  /** When one hands over to the next, as an RRULE without an end: "FREQ=WEEKLY;BYDAY=MO". */
  rule: string;
  /** The hours of the week in which it has somebody; empty: always. */
  hours: Hours[];
}

/** What is wrong with a rule, in words; null where nothing is. */
export function faultOfRule(rule: string): string | null {
  let options: Partial<rrule.Options>;
  try {
    options = rrule.RRule.parseString(rule);
  } catch {
    return "is not an RRULE";
  }
  if (options.freq === undefined) return "is not an RRULE: it needs FREQ";
  if (options.freq > rrule.Frequency.HOURLY) return "hands over once an hour at most";
  if (options.count !== undefined || options.until !== undefined) return "must not end: no COUNT, no UNTIL";
  if (options.byminute !== undefined || options.bysecond !== undefined)
    return "takes its minute from the layer's start: no BYMINUTE, no BYSECOND";
  if (options.dtstart !== undefined || options.tzid !== undefined)
    return "takes its start from the layer: no DTSTART, no TZID";
  return null;
}

/** Who of the layer is on call at a moment; null where nobody is. */
export function personOf(layer: Layer, zone: string, at: Date): string | null {
  if (layer.hours.length > 0 && !isWithin(layer.hours, zone, at)) return null;
  const { before, moments } = handOffs(layer, zone, at, at);
  const turn = before + moments.filter((moment) => moment <= at.getTime()).length - 1;
  return turn < 0 ? null : (layer.people[turn % layer.people.length] ?? null);
}

/** Every moment between two others at which the layer may change; ms since the epoch. */
export function changesOf(layer: Layer, zone: string, from: Date, to: Date): number[] {
  const edges = layer.hours.length === 0 ? [] : hoursAround(layer.hours, zone, from, to).flat();
  return [...handOffs(layer, zone, from, to).moments, ...edges].filter(
    (moment) => moment > from.getTime() && moment < to.getTime(),
  );
}

/** A day; ms. No zone is further from UTC, so what the wall's clock says lies within it. */
const DAY = 86_400_000;

/**
 * The hand-offs of a while and of a day around it (ms since the epoch), and how many come before those. A rule is followed by the clock on the wall:
 * a hand-off in an hour that the clocks skip comes right after the skip, one in an hour that they repeat at its first time, and none is left out.
 */
function handOffs(layer: Layer, zone: string, from: Date, to: Date): { before: number; moments: number[] } {
  const walls = wallHandOffs(layer, to.getTime() + DAY);
  const before = countBelow(walls, from.getTime() - DAY);
  const moments = walls
    .slice(before, countBelow(walls, to.getTime() + DAY))
    .map((wall) => momentOf(wall, zone));
  return { before, moments };
}

/** The moment at which the wall's clock shows what a clock in UTC shows at `wall`; ms. */
function momentOf(wall: number, zone: string): number {
  const found = DateTime.fromMillis(wall, { zone: "UTC" }).setZone(zone, { keepLocalTime: true });
  // Clocks are put back by an hour, or, on Lord Howe Island, by half of one.
  const shows = (at: DateTime): boolean => at.hour === found.hour && at.minute === found.minute;
  return ([60, 30].map((minutes) => found.minus({ minutes })).find(shows) ?? found).toMillis();
}

/** Layers whose hand-offs are kept, so that a send costs no walk from the first one on. */
const MOST_KEPT = 200;
const kept = new Map<string, { until: number; walls: number[] }>();

/** The hand-offs from the first one on until after `until`, in order, as if the wall's clock showed UTC; ms. */
function wallHandOffs({ starts, rule }: Layer, until: number): number[] {
  const key = `${starts} ${rule}`;
  const known = kept.get(key);
  if (known !== undefined && known.until >= until) return known.walls;
  const dtstart = new Date(`${starts}:00Z`);
  const ahead = until + 100 * DAY;
  const turns = new rrule.RRule({ ...rrule.RRule.parseString(rule), dtstart });
  const walls = turns.between(dtstart, new Date(ahead), true).map((wall) => wall.getTime());
  if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value ?? "");
  kept.set(key, { until: ahead, walls });
  return walls;
}

/** How many of some sorted numbers are below another one. */
function countBelow(sorted: number[], bound: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
