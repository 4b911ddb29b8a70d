import type { NextStep } from "../contract.ts";

/** Whom a step tells, as the middle of a sentence. @param me the id of who reads it */
export function whomWords({ person, role, topic }: NextStep, me: string): string {
  if (person) return person.user_id === me ? "you again" : person.name;
  if (role === "supervisor") return "supervisors";
  if (role === "clinician") return "clinicians";
  return (role ?? topic)?.replaceAll("-", " ") ?? "others";
}
