import { changesOf, type Layer, personOf } from "./layer.ts";

/** Somebody takes a while of a schedule, whoever's turn it is. */
export interface Override {
  person: string;
  from: Date;
  to: Date;
}

/** Who is on call when. Where several layers have somebody the first of them counts; an override counts before all, the newest first. */
export interface Schedule {
  /** IANA name; layers are meant by its clock. */
  zone: string;
  layers: Layer[];
  /** Newest first. */
  overrides: Override[];
}

/** A while in which one person is on call; nobody (null) in a gap. */
export interface Shift {
  from: Date;
  to: Date;
  person: string | null;
  /** The layer's name; null for an override and for a gap. */
  layer: string | null;
}

type OnCall = Pick<Shift, "person" | "layer">;

/** Who is on call at a moment, and by which layer; `person` null in a gap. */
export function onCallAt({ zone, layers, overrides }: Schedule, at: Date): OnCall {
  const override = overrides.find(({ from, to }) => from <= at && at < to);
  if (override !== undefined) return { person: override.person, layer: null };
  for (const layer of layers) {
    const person = personOf(layer, zone, at);
    if (person !== null) return { person, layer: layer.name };
  }
  return { person: null, layer: null };
}

/** The shifts and gaps of a schedule from one moment to another: they cover it whole, and none overlaps another. */
export function shiftsBetween(schedule: Schedule, from: Date, to: Date): Shift[] {
  const { zone, layers, overrides } = schedule;
  const moments = new Set([
    from.getTime(),
    ...layers.flatMap((layer) => changesOf(layer, zone, from, to)),
    ...overrides
      .flatMap((override) => [override.from.getTime(), override.to.getTime()])
      .filter((moment) => moment > from.getTime() && moment < to.getTime()),
  ]);
  const shifts: Shift[] = [];
  for (const moment of [...moments].sort((one, other) => one - other)) {
    const found = onCallAt(schedule, new Date(moment));
    const before = shifts.at(-1);
    if (before !== undefined && before.person === found.person && before.layer === found.layer) continue;
    if (before !== undefined) before.to = new Date(moment);
    shifts.push({ from: new Date(moment), to, ...found });
  }
  return shifts;
}
