import type { NextStep } from "../contract.ts";
import { TEAM_WORDS } from "../words.ts";
import { shown } from "../language.ts";

/** Whom a step tells, as the middle of a sentence. @param me the id of who reads it; null where that is not known */
export function whomWords({ person, role, topic }: NextStep, me: string | null): string {
  if (person) return person.user_id === me ? "you again" : person.name;
  if (role === "supervisor" || role === "clinician") return TEAM_WORDS[role].many;
  return (role ?? topic)?.replaceAll("-", " ") ?? shown("others");
}
