import { describe, faultWords, Problem } from "../api/problem.ts";
import type { Fault } from "../api/problem.ts";
import type { Colleague as Known } from "../api/availability.ts";
import type { OnCall, Role, Schedule } from "../api/on-call.ts";
import { STATUS_WORDS } from "../availability/words.ts";
import { shortTime } from "../time.ts";
import type { Weekday } from "../contract.ts";
import type { LayerDraft, StandIn, Unit } from "./draft.ts";
import { shown } from "../language.ts";

export const UNIT_WORDS: Record<Unit, string> = {
  hours: shown("hours"),
  days: shown("days"),
  weeks: shown("weeks"),
  rule: "a rule of its own",
};

export const STAND_IN_WORDS: Record<StandIn, string> = {
  nobody: "Nobody",
  person: "A person",
  role: "Whoever has another on-call role",
};

export const DAY_WORDS: Record<Weekday, string> = {
  MO: "Mon",
  TU: "Tue",
  WE: "Wed",
  TH: "Thu",
  FR: "Fri",
  SA: "Sat",
  SU: "Sun",
};

/** What a supervisor does to schedules and roles; null is a new one. */
export type Act =
  | { kind: "edit"; schedule: Schedule | null }
  | { kind: "edit-role"; role: Role | null }
  | { kind: "delete-role"; role: Role }
  | {
      kind: "read-calendar" | "end-calendar" | "publish" | "unpublish" | "delete";
      schedule: Schedule;
    };

/** A person to choose, by their name. */
export type Colleague = Pick<Known, "user_id" | "name">;

/** The name of somebody, or their id where they are not known here. */
export const nameOf = (people: readonly Colleague[], id: string): string =>
  people.find(({ user_id }) => user_id === id)?.name ?? id;

/** A layer's place in its schedule, for what is said of it. */
export const layerWords = ({ name }: Pick<LayerDraft, "name">, index: number): string =>
  name.trim() === "" ? `layer ${index + 1}` : `layer ${name.trim()}`;

/** Why a schedule was not saved. Where the server names faults, the sentences name their layers. */
export function troubleWords(error: unknown): string {
  if (!(error instanceof Problem) || error.faults.length === 0) return describe(error);
  return error.faults.map(scheduleFault).join(" ");
}

function scheduleFault(fault: Fault): string {
  const [, layer, field] = /^\/layers\/(\d+)\/(people|rule|starts)\b/.exec(fault.path) ?? [];
  if (layer !== undefined) {
    const place = `Layer ${Number(layer) + 1}`;
    return field === "people"
      ? `${place}: somebody there can't be reached in this territory any more.`
      : field === "rule"
        ? `${place}: the rule ${fault.message}.`
        : `${place}: the first hand-off ${fault.message}.`;
  }
  return fault.path.startsWith("/fallback")
    ? "Whoever is told in a gap can't be reached in this territory."
    : faultWords(fault);
}

/** That whoever is on call is not there, e.g. "Away until 14:00, covered by Ben". */
export function absenceWords({ status, until, cover }: NonNullable<OnCall["absence"]>, now: number): string {
  const who = cover === null ? "covered by nobody" : `covered by ${cover.name}`;
  return `${STATUS_WORDS[status]} until ${shortTime(until, now)}, ${who}`;
}
