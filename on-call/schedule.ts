import { clockOf } from "./clock.ts";
import { type Layer, personOf, type Turn, turnsOf } from "./layer.ts";

/** Somebody takes a while of a schedule, whoever's turn it is. */
export interface Override {
  person: string;
  from: Date;
  to: Date;
}

/**
 * Who is on call when. Where several layers have somebody the first of them counts; what was read in from a calendar counts before them, and an
 * override before all, the newest first.
 */
export interface Schedule {
  /** IANA name; layers are meant by its clock. */
  zone: string;
  /** The turns that were read in from a calendar, in order; none overlaps another. */
  calendar: Turn[];
  layers: Layer[];
  /** Newest first. */
  overrides: Override[];
}

/** A while in which one person is on call; nobody (null) in a gap. */
export interface Shift {
  from: Date;
  to: Date;
  person: string | null;
  /** The layer's name, `CALENDAR` for a calendar's turn; null for an override and for a gap. */
  layer: string | null;
}

/** What a calendar's turns have in place of a layer's name. */
export const CALENDAR = "Calendar";

type OnCall = Pick<Shift, "person" | "layer">;
const NOBODY: OnCall = { person: null, layer: null };

/** Who is on call at a moment, and by which layer; `person` null in a gap. */
export function onCallAt({ zone, calendar, layers, overrides }: Schedule, at: Date): OnCall {
  const override = overrides.find(({ from, to }) => from <= at && at < to);
  if (override !== undefined) return { person: override.person, layer: null };
  const turn = calendar.find(({ from, to }) => from <= at.getTime() && at.getTime() < to);
  if (turn !== undefined) return { person: turn.person, layer: CALENDAR };
  const clock = clockOf(zone, at.getTime(), at.getTime());
  for (const layer of layers) {
    const person = personOf(layer, clock, at.getTime());
    if (person !== null) return { person, layer: layer.name };
  }
  return NOBODY;
}

/** The shifts and gaps of a schedule from one moment to another: they cover it whole, and none overlaps another. */
export function shiftsBetween(
  { zone, calendar, layers, overrides }: Schedule,
  from: Date,
  to: Date,
): Shift[] {
  const [first, last] = [from.getTime(), to.getTime()];
  const clock = clockOf(zone, first, last);
  // What counts first comes first.
  const sources = [
    { layer: null, turns: turnsOfOverrides(overrides), at: 0 },
    { layer: CALENDAR, turns: calendar, at: 0 },
    ...layers.map((layer) => ({ layer: layer.name, turns: turnsOf(layer, clock, first, last), at: 0 })),
  ];
  const edges = sources.flatMap(({ turns }) => turns.flatMap((turn) => [turn.from, turn.to]));
  const moments = [...new Set([first, ...edges])]
    .filter((moment) => moment >= first && moment < last)
    .sort((one, other) => one - other);
  const shifts: Shift[] = [];
  for (const moment of moments) {
    const source = sources.find((one) => turnAt(one, moment) !== undefined);
    const found: OnCall =
      source === undefined ? NOBODY : { person: turnAt(source, moment)?.person ?? null, layer: source.layer };
    const before = shifts.at(-1);
    if (before !== undefined && before.person === found.person && before.layer === found.layer) continue;
    if (before !== undefined) before.to = new Date(moment);
    shifts.push({ from: new Date(moment), to, ...found });
  }
  return shifts;
}

/** Overrides as one row of turns, in which the newest counts. Each while between two edges is given away once, so it takes little longer than sorting them. */
function turnsOfOverrides(overrides: Override[]): Turn[] {
  const all = overrides.map(({ person, from, to }) => ({ person, from: from.getTime(), to: to.getTime() }));
  const edges = [...new Set(all.flatMap(({ from, to }) => [from, to]))].sort((one, other) => one - other);
  const places = new Map(edges.map((edge, place) => [edge, place]));
  /** Of each while the next one at or behind which nobody has one, as far as is known. */
  const next = edges.map((_, place) => place);
  const freeFrom = (place: number): number => {
    let free = place;
    while (next[free] !== undefined && next[free] !== free) {
      next[free] = next[next[free] ?? free] ?? free;
      free = next[free] ?? free;
    }
    return free;
  };
  const people = new Map<number, string>();
  for (const { person, from, to } of all) {
    const end = places.get(to) ?? 0;
    for (let place = freeFrom(places.get(from) ?? 0); place < end; place = freeFrom(place)) {
      people.set(place, person);
      next[place] = place + 1;
    }
  }
  return edges.flatMap((from, place) => {
    const person = people.get(place);
    const to = edges[place + 1];
    return person === undefined || to === undefined ? [] : [{ person, from, to }];
  });
}

/** A source's turn at a moment. It goes on from the moment asked before, which was earlier. */
function turnAt(source: { turns: Turn[]; at: number }, moment: number): Turn | undefined {
  while (source.at < source.turns.length && (source.turns[source.at]?.to ?? 0) <= moment) source.at++;
  const turn = source.turns[source.at];
  return turn !== undefined && turn.from <= moment ? turn : undefined;
}
