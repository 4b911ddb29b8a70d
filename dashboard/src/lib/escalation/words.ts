import type { EscalationRules, EscalationStep, StepTarget } from "../api/policies.ts";
import { describe, faultWords, Problem } from "../api/problem.ts";
import type { Fault } from "../api/problem.ts";
import { spanWords } from "../durations.ts";
import { channelName } from "../words.ts";
import type { Target, Unit } from "./draft.ts";
import { shown } from "../language.ts";

export const UNIT_WORDS: Record<Unit, string> = {
  seconds: shown("seconds"),
  minutes: shown("minutes"),
  hours: shown("hours"),
  days: shown("days"),
};

/** Whom a step can tell, as the form offers it. */
export const TARGET_WORDS: Record<Target, string> = {
  supervisor: "The supervisors of the territory",
  clinician: "The clinicians of the territory",
  on_call: "Whoever is on call",
  topic: "A topic",
  recipient: "The recipient again",
  person: "A person",
};

/** @param name what its person, role or topic is called; null while that is not known */
function targetWords(to: StepTarget, name: string | null): string {
  if ("recipient" in to) return "the recipient again";
  if ("user_id" in to) return name ?? to.user_id;
  if ("topic" in to) return `the topic ${name ?? to.topic}`;
  if (to.role === "supervisor") return "the supervisors of the territory";
  return to.role === "clinician" ? "the clinicians of the territory" : `whoever has ${name ?? to.role}`;
}

/** A step in words; `first` counts from the sending, others from the step before. */
export function stepWords(
  { after_seconds, to, channels }: EscalationStep,
  first: boolean,
  name: string | null = null,
): string {
  const by = channels ? `by ${channels.map(channelName).join(", ")}` : "by every channel";
  const [after, whom] = [spanWords(after_seconds), targetWords(to, name)];
  return first ? `${after} after sending: tell ${whom} ${by}` : `${after} later: tell ${whom} ${by}`;
}

/** When it stops, in words. */
export function endWords({ repeat, acknowledgers }: EscalationRules): string {
  const who = acknowledgers === 1 ? "somebody acknowledges" : `${acknowledgers} people have acknowledged`;
  if (repeat === 0) return `It stops once ${who}.`;
  return repeat === 1
    ? `All of it once more, until ${who}.`
    : `All of it ${repeat} times more, until ${who}.`;
}

/** What comes after an acknowledgement, in words; empty where it is as usual. */
export function afterWords({
  unacknowledge_minutes: undo,
  complete_minutes: complete,
  stand_down_minutes: standDown,
}: EscalationRules): string {
  const span = (minutes: number): string => spanWords(minutes * 60);
  return [
    undo === undefined
      ? ""
      : undo === 0
        ? "An acknowledgement can't be taken back."
        : `An acknowledgement can be taken back for ${span(undo)}.`,
    complete === undefined ? "" : `It is to be completed within ${span(complete)}.`,
    standDown === undefined
      ? ""
      : standDown === 0
        ? "Nobody is told outside that nothing is left to do."
        : `Whoever was told outside within ${span(standDown)} hears that nothing is left to do.`,
  ]
    .filter((sentence) => sentence !== "")
    .join(" ");
}

/** Why a policy was not saved. Where the server names faults, the sentences name their steps. */
export function troubleWords(error: unknown): string {
  if (!(error instanceof Problem) || error.faults.length === 0) return describe(error);
  return error.faults.map(policyFault).join(" ");
}

function policyFault(fault: Fault): string {
  const [, step, field] =
    /^(?:\/change\/policy)?\/rules\/steps\/(\d+)\/(to\/role|to\/topic|to|channels)\b/.exec(fault.path) ?? [];
  if (step === undefined) return faultWords(fault);
  const place = `Step ${Number(step) + 1}`;
  if (field === "to/role") return `${place}: there is no such on-call role in this territory.`;
  if (field === "to/topic") return `${place}: there is no such topic in this territory.`;
  return field === "to"
    ? `${place}: there is no such person in this territory.`
    : `${place}: a channel is named that is not here.`;
}
