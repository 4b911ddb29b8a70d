import type { NextStep } from "../contract.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** How long until a step is taken: "4:05" within the hour, "2 h 5 min" before that, "now" once it is due. */
export function untilWords(at: string, now: number): string {
  const left = Date.parse(at) - now;
  if (left <= 0) return "now";
  if (left >= HOUR) return `${Math.floor(left / HOUR)} h ${Math.floor((left % HOUR) / MINUTE)} min`;
  const seconds = String(Math.floor((left % MINUTE) / SECOND)).padStart(2, "0");
  return `${Math.floor(left / MINUTE)}:${seconds}`;
}

/** Whom a step tells, as the middle of a sentence. @param me the id of who reads it */
export function whomWords({ person, role, topic }: NextStep, me: string): string {
  if (person) return person.user_id === me ? "you again" : person.name;
  if (role === "supervisor") return "supervisors";
  if (role === "clinician") return "clinicians";
  return (role ?? topic)?.replaceAll("-", " ") ?? "others";
}
