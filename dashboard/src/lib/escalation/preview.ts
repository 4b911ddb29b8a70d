import type { EscalationRules, EscalationStep } from "../api/policies.ts";
import { clockTime, exactClock } from "../time.ts";
import { channelName } from "../words.ts";
import { toldNow } from "./reach.ts";
import type { Reach } from "./reach.ts";

const DAY = 86_400_000;
/** Any day's two o'clock. */
const SENT = new Date(2026, 0, 5, 14).getTime();

/** What happens at one time, if nobody acknowledges. */
export interface Moment {
  at: string;
  words: string;
  /** Why it would reach nobody now, as a sentence; null where it would reach somebody. */
  warning: string | null;
}

/**
 * The rules as a story: an alert that is sent at 14:00, and nobody acknowledges.
 * @param reach who is where now; null while that is not known
 */
export function storyOf(
  { steps, repeat }: Pick<EscalationRules, "steps" | "repeat">,
  reach: Reach | null,
  locale?: string,
): Moment[] {
  let at = SENT;
  const story: Moment[] = [{ at: momentWords(at, locale), words: "sent", warning: null }];
  for (const step of steps) {
    at += step.after_seconds * 1_000;
    const told = reach === null ? null : toldNow(step.to, reach);
    story.push({
      at: momentWords(at, locale),
      words: `${whomWords(step.to, told, reach)}${byWords(step)}`,
      warning: told?.length === 0 ? nobodyWords(step.to, reach) : null,
    });
  }
  const round = at - SENT;
  if (repeat > 0)
    story.push({
      at: momentWords(at + repeat * round, locale),
      words: `all of it ${repeat === 1 ? "once" : `${repeat} times`} more by then`,
      warning: null,
    });
  story.push({ at: "then", words: "the last resort, again and again", warning: null });
  return story;
}

/** A time of day; with its day where that is not the first. */
function momentWords(at: number, locale?: string): string {
  const clock = at % 60_000 === 0 ? clockTime(at, locale) : exactClock(at, locale);
  const midnight = new Date(SENT).setHours(0, 0, 0, 0);
  const day = Math.floor((at - midnight) / DAY);
  return day === 0 ? clock : `${day === 1 ? "next day" : `${day} days later`} ${clock}`;
}

const byWords = ({ channels }: EscalationStep): string =>
  channels === undefined ? "" : `, by ${channels.map(channelName).join(" and ")}`;

const count = (told: readonly string[] | null): string =>
  told === null || told.length === 0 ? "" : ` (${told.length === 1 ? told[0] : `${told.length} people`})`;

function whomWords(to: EscalationStep["to"], told: readonly string[] | null, reach: Reach | null): string {
  if ("recipient" in to) return "the recipient again";
  if ("user_id" in to) return told?.[0] ?? (to.user_id || "a person");
  if ("topic" in to) {
    const topic = reach?.topics.find((one) => one.topic === to.topic);
    return topic === undefined ? "a topic" : `the topic ${topic.name}${count(told)}`;
  }
  if (to.role === "supervisor" || to.role === "clinician") return `the ${to.role}s${count(told)}`;
  const role = reach?.onCall.find((one) => one.role === to.role);
  return role === undefined ? "whoever is on call" : `whoever is on call: ${role.name}${count(told)}`;
}

/** Why nobody would be told; null where nobody has been chosen yet, which the field itself says. */
function nobodyWords(to: EscalationStep["to"], reach: Reach | null): string | null {
  if ("recipient" in to) return null;
  if ("user_id" in to) return to.user_id === "" ? null : "This person is not active in the territory now.";
  if ("topic" in to) return to.topic === "" ? null : "This topic has nobody who can be told now.";
  if (to.role === "") return null;
  if (to.role === "supervisor" || to.role === "clinician")
    return `The territory has no active ${to.role} now.`;
  const role = reach?.onCall.find((one) => one.role === to.role);
  return `Nobody has ${role?.name ?? to.role} now.`;
}
