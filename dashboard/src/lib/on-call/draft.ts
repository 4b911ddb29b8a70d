import { WEEKDAYS } from "../contract.ts";
import type { Weekday } from "../contract.ts";
import type { NewRole, NewSchedule, Role, Schedule } from "../api/on-call.ts";

type Layer = Schedule["layers"][number];
type Fallback = NewSchedule["fallback"];

/** What a turn is counted in; `rule` where the layer's rule says more than the form offers. */
export const UNITS = ["hours", "days", "weeks", "rule"] as const;
export type Unit = (typeof UNITS)[number];

const FREQUENCIES = { hours: "HOURLY", days: "DAILY", weeks: "WEEKLY" } as const;

/** Hours of some weekdays, as they stand in the form. */
export interface HoursDraft {
  /** Tells its rows apart; it never leaves the form. */
  key: number;
  days: Weekday[];
  from: string;
  to: string;
}

/** A layer as it stands in the form. */
export interface LayerDraft {
  key: number;
  name: string;
  people: string[];
  /** The first hand-off, by the schedule's clock: "2026-01-05T08:00". */
  starts: string;
  every: number | null;
  unit: Unit;
  /** The rule itself, where `unit` is "rule". */
  rule: string;
  hours: HoursDraft[];
}

/** Who is told in a gap. */
export const STAND_INS = ["nobody", "person", "role"] as const;
export type StandIn = (typeof STAND_INS)[number];

/** A schedule as it stands in the form. */
export interface ScheduleDraft {
  territoryId: string;
  name: string;
  zone: string;
  layers: LayerDraft[];
  standIn: StandIn;
  standInId: string;
  standInRole: string;
}

/** An on-call role as it stands in the form. */
export interface RoleDraft {
  role: string;
  name: string;
  scheduleId: string;
  system: string;
  code: string;
}

let lastKey = 0;
const nextKey = (): number => (lastKey += 1);

export const newHours = (): HoursDraft => ({
  key: nextKey(),
  days: ["MO", "TU", "WE", "TH", "FR"],
  from: "08:00",
  to: "17:00",
});

/** @param monday the day of its first hand-off, YYYY-MM-DD */
export const newLayer = (monday: string, name: string): LayerDraft => ({
  key: nextKey(),
  name,
  people: [],
  starts: `${monday}T08:00`,
  every: 1,
  unit: "weeks",
  rule: "",
  hours: [],
});

export const newSchedule = (territoryId: string, zone: string, monday: string): ScheduleDraft => ({
  territoryId,
  name: "",
  zone,
  layers: [newLayer(monday, "Weeks")],
  standIn: "nobody",
  standInId: "",
  standInRole: "",
});

export function toDraft({ territory_id, name, zone, layers, fallback }: Schedule): ScheduleDraft {
  const standIn = fallback === null ? "nobody" : "user_id" in fallback ? "person" : "role";
  return {
    territoryId: territory_id,
    name,
    zone,
    layers: layers.map(draftOf),
    standIn,
    standInId: fallback !== null && "user_id" in fallback ? fallback.user_id : "",
    standInRole: fallback !== null && "role" in fallback ? fallback.role : "",
  };
}

const draftOf = ({ name, people, starts, rule, hours }: Layer): LayerDraft => ({
  key: nextKey(),
  name,
  people: [...people],
  starts,
  ...turnOf(rule),
  hours: hours.map(({ days, from, to }) => ({ key: nextKey(), days: [...days], from, to })),
});

/** A rule as a number of hours, days or weeks; the rule itself where it says more. */
function turnOf(rule: string): Pick<LayerDraft, "every" | "unit" | "rule"> {
  const [, frequency, interval = "1"] = /^FREQ=(HOURLY|DAILY|WEEKLY)(?:;INTERVAL=(\d+))?$/.exec(rule) ?? [];
  const unit = UNITS.find((one) => one !== "rule" && FREQUENCIES[one] === frequency);
  return unit === undefined ? { every: 1, unit: "rule", rule } : { every: Number(interval), unit, rule: "" };
}

export const toSchedule = (draft: ScheduleDraft): NewSchedule => ({
  territory_id: draft.territoryId,
  name: draft.name.trim(),
  zone: draft.zone.trim(),
  layers: draft.layers.map(layerOf),
  fallback: fallbackOf(draft),
});

const layerOf = ({ name, people, starts, hours, ...turn }: LayerDraft): Layer => ({
  name: name.trim(),
  people: [...people],
  starts,
  rule: ruleOf(turn),
  hours: hours.map(({ days, from, to }) => ({
    days: WEEKDAYS.filter((day) => days.includes(day)),
    from,
    to,
  })),
});

/** As it stands in what was read, so that what nobody changed stays as it was. */
function ruleOf({ every, unit, rule }: Pick<LayerDraft, "every" | "unit" | "rule">): string {
  if (unit === "rule") return rule.trim();
  return every === 1 ? `FREQ=${FREQUENCIES[unit]}` : `FREQ=${FREQUENCIES[unit]};INTERVAL=${every ?? 1}`;
}

function fallbackOf({ standIn, standInId, standInRole }: ScheduleDraft): Fallback {
  if (standIn === "person") return { user_id: standInId };
  return standIn === "role" ? { role: standInRole } : null;
}

export const newRole = (scheduleId: string): RoleDraft => ({
  role: "",
  name: "",
  scheduleId,
  system: "",
  code: "",
});

export const toRoleDraft = ({ role, name, schedule_id, code }: Role): RoleDraft => ({
  role,
  name,
  scheduleId: schedule_id,
  system: code?.system ?? "",
  code: code?.code ?? "",
});

export const toRole = (
  { role, name, scheduleId, system, code }: RoleDraft,
  territoryId: string,
): NewRole => ({
  territory_id: territoryId,
  role: role.trim(),
  name: name.trim(),
  schedule_id: scheduleId,
  code: system.trim() === "" ? null : { system: system.trim(), code: code.trim() },
});
