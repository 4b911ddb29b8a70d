import type { Clock } from "./clock.ts";
import { type Hours, hoursAround, isWithin } from "./hours.ts";
import { countBefore, handOffsBetween, readRule, type Rule, RuleError } from "./rule.ts";

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

/** A while in which a layer has one person; ms since the epoch. */
export interface Turn {
  from: number;
  to: number;
  person: string;
}

/** A day; ms. No zone is further from UTC, so what the wall's clock says lies within it. */
const DAY = 86_400_000;

/** What is wrong with a layer's rule, in words; null where nothing is. */
export function faultOfRule(rule: string, starts = "2026-01-05T08:00"): string | null {
  try {
    readRule(rule, wallOf(starts));
    return null;
  } catch (error) {
    if (error instanceof RuleError) return error.message;
    throw error;
  }
}

/** How often in a day it may be somebody else's turn, at most; 0 for a rule that can't be followed. */
export function changesADay({ rule, starts, hours }: Layer): number {
  if (faultOfRule(rule, starts) !== null) return 0;
  const { offsets, period } = readRule(rule, wallOf(starts));
  return 2 * hours.length + (offsets.length * DAY) / period;
}

/** Who of the layer is on call at a moment; null where nobody is. */
export function personOf(layer: Layer, clock: Clock, at: number): string | null {
  if (layer.hours.length > 0 && !isWithin(layer.hours, clock, at)) return null;
  const { before, moments } = handOffs(layer, clock, at, at);
  return personAt(layer, before + moments.filter((moment) => moment <= at).length);
}

/** Whose turn it is after so many hand-offs. */
const personAt = ({ people }: Layer, handedOver: number): string | null =>
  handedOver === 0 ? null : (people[(handedOver - 1) % people.length] ?? null);

/** The turns of a layer that touch a while, in order; none overlaps another. */
export function turnsOf(layer: Layer, clock: Clock, from: number, to: number): Turn[] {
  const { before, moments } = handOffs(layer, clock, from, to);
  const open =
    layer.hours.length === 0 ? [[from, to] as const] : merged(hoursAround(layer.hours, clock, from, to));
  const turns: Turn[] = [];
  let next = 0;
  for (const [opens, closes] of open) {
    while (next > 0 && (moments[next - 1] ?? 0) > opens) next--;
    for (let at = opens; at < closes;) {
      while (next < moments.length && (moments[next] ?? 0) <= at) next++;
      const until = Math.min(closes, moments[next] ?? closes);
      const person = personAt(layer, before + next);
      if (person !== null) turns.push({ from: at, to: until, person });
      at = until;
    }
  }
  return turns;
}

/** Stretches in order, those that touch as one. */
function merged(stretches: [number, number][]): [number, number][] {
  const found: [number, number][] = [];
  for (const [from, to] of stretches.toSorted(([one], [other]) => one - other)) {
    const before = found.at(-1);
    if (before !== undefined && from <= before[1]) before[1] = Math.max(before[1], to);
    else if (from < to) found.push([from, to]);
  }
  return found;
}

/**
 * The hand-offs of a while and of a day around it, in order (ms since the epoch), and how many come before those. A rule is followed by the clock
 * on the wall: a hand-off in an hour that the clocks skip comes right after the skip, one in an hour that they repeat at its first time, and none
 * is left out.
 */
function handOffs(
  { rule: text, starts }: Layer,
  clock: Clock,
  from: number,
  to: number,
): { before: number; moments: number[] } {
  const rule: Rule = readRule(text, wallOf(starts));
  const moments = handOffsBetween(rule, from - DAY, to + DAY).map(clock.momentOf);
  return { before: countBefore(rule, from - DAY), moments: moments.sort((one, other) => one - other) };
}

/** A local time as if its clock showed UTC; ms. */
const wallOf = (local: string): number => Date.parse(`${local}:00Z`);
