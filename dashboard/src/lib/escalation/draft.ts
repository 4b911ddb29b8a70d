import { whole } from "../bounds.ts";
import { ESCALATION } from "../contract.ts";
import type { EscalationRules, EscalationStep, NewPolicy, Policy, StepTarget } from "../api/policies.ts";

export const UNITS = ["seconds", "minutes", "hours", "days"] as const;
export type Unit = (typeof UNITS)[number];

const SECONDS: Record<Unit, number> = { seconds: 1, minutes: 60, hours: 3_600, days: 86_400 };

export const TARGETS = ["supervisor", "clinician", "on_call", "topic", "recipient", "person"] as const;
export type Target = (typeof TARGETS)[number];

/** A step as it stands in the form. */
export interface StepDraft {
  /** Tells the form's steps apart; it never leaves the form. */
  key: number;
  after: number | null;
  unit: Unit;
  target: Target;
  userId: string;
  /** An on-call role. */
  role: string;
  /** The word of a topic. */
  topic: string;
  /** By every channel that its people wish; otherwise by `channels`. */
  every: boolean;
  channels: string[];
}

/** A policy as it stands in the form. */
export interface PolicyDraft {
  territoryId: string;
  name: string;
  isDefault: boolean;
  steps: StepDraft[];
  repeat: number | null;
  acknowledgers: number | null;
  /** In minutes; null: as it is unless a policy says otherwise. */
  unacknowledge: number | null;
  complete: number | null;
  standDown: number | null;
}

let lastKey = 0;

export const newStep = (): StepDraft => ({
  key: (lastKey += 1),
  after: 10,
  unit: "minutes",
  target: "supervisor",
  userId: "",
  role: "",
  topic: "",
  every: true,
  channels: [],
});

export const newDraft = (territoryId: string): PolicyDraft => ({
  territoryId,
  name: "",
  isDefault: false,
  steps: [newStep()],
  repeat: 0,
  acknowledgers: 1,
  unacknowledge: null,
  complete: null,
  standDown: null,
});

export function toDraft({ territory_id, name, is_default, rules }: Policy): PolicyDraft {
  const { steps, repeat, acknowledgers } = rules;
  return {
    territoryId: territory_id,
    name,
    isDefault: is_default,
    steps: steps.map(draftOf),
    repeat,
    acknowledgers,
    unacknowledge: rules.unacknowledge_minutes ?? null,
    complete: rules.complete_minutes ?? null,
    standDown: rules.stand_down_minutes ?? null,
  };
}

function draftOf({ after_seconds, to, channels }: EscalationStep): StepDraft {
  const by = { every: channels === undefined, channels: channels ?? [] };
  const step = { ...newStep(), ...inUnit(after_seconds), ...by };
  if ("recipient" in to) return { ...step, target: "recipient" };
  if ("user_id" in to) return { ...step, target: "person", userId: to.user_id };
  if ("topic" in to) return { ...step, target: "topic", topic: to.topic };
  if (to.role === "clinician" || to.role === "supervisor") return { ...step, target: to.role };
  return { ...step, target: "on_call", role: to.role };
}

/** Seconds in the largest unit that they fill. */
function inUnit(seconds: number): { after: number; unit: Unit } {
  for (const unit of ["days", "hours", "minutes"] as const)
    if (seconds % SECONDS[unit] === 0) return { after: seconds / SECONDS[unit], unit };
  return { after: seconds, unit: "seconds" };
}

export function toRules({ steps, repeat, acknowledgers, ...minutes }: PolicyDraft): EscalationRules {
  const { unacknowledge, complete, standDown } = minutes;
  return {
    steps: steps.map(stepOf),
    repeat: repeat ?? 0,
    acknowledgers: acknowledgers ?? 1,
    ...(unacknowledge !== null && { unacknowledge_minutes: unacknowledge }),
    ...(complete !== null && { complete_minutes: complete }),
    ...(standDown !== null && { stand_down_minutes: standDown }),
  };
}

export const toPolicy = (draft: PolicyDraft): NewPolicy => ({
  territory_id: draft.territoryId,
  name: draft.name.trim(),
  is_default: draft.isDefault,
  rules: toRules(draft),
});

export function stepOf({ after, unit, every, channels, ...whom }: StepDraft): EscalationStep {
  return {
    after_seconds: Math.round((after ?? 0) * SECONDS[unit]),
    to: targetOf(whom),
    ...(!every && { channels }),
  };
}

function targetOf({
  target,
  userId,
  role,
  topic,
}: Pick<StepDraft, "target" | "userId" | "role" | "topic">): StepTarget {
  if (target === "recipient") return { recipient: true };
  if (target === "person") return { user_id: userId };
  if (target === "topic") return { topic };
  return { role: target === "on_call" ? role : target };
}

/** Checks a step; null when nothing is wrong with it. */
export function stepFault(
  step: StepDraft,
): { field: "after" | "person" | "role" | "topic" | "channels"; text: string } | null {
  const seconds = stepOf(step).after_seconds;
  if (!whole(seconds, ESCALATION.after))
    return { field: "after", text: "Enter a time from 1 second to 7 days." };
  if (step.target === "person" && step.userId === "") return { field: "person", text: "Choose a person." };
  if (step.target === "on_call" && step.role === "")
    return { field: "role", text: "Choose an on-call role." };
  if (step.target === "topic" && step.topic === "") return { field: "topic", text: "Choose a topic." };
  if (!step.every && step.channels.length === 0)
    return { field: "channels", text: "Choose a channel, or every channel." };
  return null;
}
