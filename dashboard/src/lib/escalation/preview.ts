import type { EscalationRules, EscalationStep, StepReach } from "../api/policies.ts";
import { clockTime, exactClock } from "../time.ts";
import { channelName, TEAM_WORDS } from "../words.ts";
import { shown } from "../language.ts";

const DAY = 86_400_000;
/** Any day's two o'clock. */
const SENT = new Date(2026, 0, 5, 14).getTime();

/** What happens at one time, if nobody acknowledges. */
export interface Moment {
  at: string;
  words: string;
  /** Whom it would not reach now, as a sentence; null where it would reach everybody whom it means. */
  warning: string | null;
}

/**
 * The rules as a story: an alert that is sent at 14:00, and nobody acknowledges.
 * @param reach whom each step would reach now; null for those of which that is not known
 */
export function storyOf(
  { steps, repeat }: Pick<EscalationRules, "steps" | "repeat">,
  reach: readonly (StepReach | null)[],
  locale?: string,
): Moment[] {
  let at = SENT;
  const story: Moment[] = [{ at: momentWords(at, locale), words: shown("sent"), warning: null }];
  for (const [index, step] of steps.entries()) {
    at += step.after_seconds * 1_000;
    const found = reach[index] ?? null;
    story.push({
      at: momentWords(at, locale),
      words: `${whomWords(step.to, found)}${byWords(step)}`,
      warning: found && warningWords(step, found),
    });
  }
  const round = at - SENT;
  if (repeat > 0)
    story.push({
      at: momentWords(at + repeat * round, locale),
      words: repeat === 1 ? "all of it once more by then" : `all of it ${repeat} times more by then`,
      warning: null,
    });
  story.push({ at: shown("then"), words: "the last resort, again and again", warning: null });
  return story;
}

/** A time of day; with its day where that is not the first. */
function momentWords(at: number, locale?: string): string {
  const clock = at % 60_000 === 0 ? clockTime(at, locale) : exactClock(at, locale);
  const midnight = new Date(SENT).setHours(0, 0, 0, 0);
  const day = Math.floor((at - midnight) / DAY);
  if (day === 0) return clock;
  return day === 1 ? `next day ${clock}` : `${day} days later ${clock}`;
}

const byWords = ({ channels }: EscalationStep): string =>
  channels === undefined ? "" : `, by ${channels.map(channelName).join(shown(" and "))}`;

type Some = StepReach["unreached"];

/** Up to three of them by name, and how many more. */
const MOST_NAMED = 3;
function peopleWords({ count, people }: Some): string {
  const names = people.slice(0, MOST_NAMED).map(({ user_id, name }) => name ?? user_id);
  return count > MOST_NAMED ? `${names.join(", ")} and ${count - MOST_NAMED} more` : names.join(", ");
}

const told = (found: StepReach | null): string =>
  !found?.told || found.told.count === 0 ? "" : ` (${peopleWords(found.told)})`;

function whomWords(to: EscalationStep["to"], found: StepReach | null): string {
  if ("recipient" in to) return "the recipient again";
  if ("user_id" in to) return found?.name ?? (to.user_id || "a person");
  if ("topic" in to) return found?.name ? `the topic ${found.name}${told(found)}` : "a topic";
  if (to.role === "supervisor" || to.role === "clinician")
    return `the ${TEAM_WORDS[to.role].many}${told(found)}`;
  return found?.name ? `whoever is on call: ${found.name}${told(found)}` : "whoever is on call";
}

/** Whom a step would not reach; null where it reaches everybody, or asks the recipient. */
function warningWords({ to, channels }: EscalationStep, { name, told, unreached }: StepReach): string | null {
  if (told === null) return null;
  if (unreached.count > 0) {
    const why = channels === undefined ? "left, or no address" : "left, or no address for these channels";
    const what = told.count === 0 ? "Reaches nobody now" : "Does not reach";
    return `${what}: ${peopleWords(unreached)} (${why}).`;
  }
  if (told.count > 0) return null;
  if ("topic" in to) return "This topic has nobody who can be told now.";
  if ("role" in to && (to.role === "supervisor" || to.role === "clinician"))
    return `The territory has no active ${TEAM_WORDS[to.role].one} now.`;
  return "role" in to ? `Nobody has ${name ?? to.role} now.` : null;
}
