import type { BoardAlert, BoardStep } from "../api/board.ts";
import { acknowledgedWords, channelName, TEAM_WORDS } from "../words.ts";
import { language } from "../language.ts";

const MINUTE = 60_000;

/** How long an alert has waited, in three steps: colour, bars and words go by them. */
export const BANDS = ["new", "late", "long"] as const;
export type Band = (typeof BANDS)[number];
/** From this age on; minutes. */
const LATE = 5;
const LONG = 15;

export const BAND_WORDS: Record<Band, string> = {
  new: `Under ${LATE} minutes`,
  late: `${LATE} to ${LONG} minutes`,
  long: `Over ${LONG} minutes`,
};

/** @param age in ms */
export function bandOf(age: number): Band {
  if (age >= LONG * MINUTE) return "long";
  return age >= LATE * MINUTE ? "late" : "new";
}

const listOf = (names: string[]): string =>
  new Intl.ListFormat(language, { type: "conjunction" }).format(names);

/** Whom a step tells: "the supervisors (3 people)", "Dr Example again, by SMS". */
export function whomWords(step: BoardStep, { broadcast }: Pick<BoardAlert, "broadcast">): string {
  const by = step.channels === null ? "" : `, by ${listOf(step.channels.map(channelName))}`;
  return `${step.last_resort ? "the last resort: " : ""}${targetWords(step, broadcast !== null)}${by}`;
}

function targetWords({ whom, role, people, count }: BoardStep, isBroadcast: boolean): string {
  const names = listOf(people.map(({ name }) => name));
  if (count === 0)
    return whom === "on_call" ? `nobody: ${role} has nobody on call` : "nobody who can be told";
  switch (whom) {
    case "recipient":
      return isBroadcast ? `${count} who have not acknowledged` : `${names} again`;
    case "person":
      return names;
    case "topic":
      return count === 1 ? `${role} (1 person)` : `${role} (${count} people)`;
    case "on_call":
      return `${names} (on call: ${role})`;
    default:
      return count === 1
        ? `${names}, the only ${TEAM_WORDS[whom].one}`
        : `the ${TEAM_WORDS[whom].many} (${count} people)`;
  }
}

/** For whom it is. */
export const recipientWords = ({ recipient }: Pick<BoardAlert, "recipient">): string =>
  recipient?.name ?? "Everybody of a broadcast";

/** How far it got with those who were told. */
export function reachedWords({ told, told_count, seen_count, broadcast }: BoardAlert): string {
  if (broadcast !== null) return acknowledgedWords(broadcast);
  const declined = told.filter((one) => one.declined).map(({ name }) => name);
  const seen = told.filter((one) => one.seen).map(({ name }) => name);
  const parts = [
    told_count > 1 ? `${told_count} were told` : null,
    seen_count === 0
      ? "nobody has seen it"
      : seen_count === seen.length
        ? `seen by ${listOf(seen)}`
        : `seen by ${seen_count} of them`,
    declined.length > 0 ? `declined by ${listOf(declined)}` : null,
  ].filter((part) => part !== null);
  const text = parts.join(", ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export const GROUPINGS = ["unit", "person", "age"] as const;
export type Grouping = (typeof GROUPINGS)[number];
export const GROUPING_WORDS: Record<Grouping, string> = { unit: "Unit", person: "Person", age: "Age" };

export interface Group {
  key: string;
  name: string;
  alerts: BoardAlert[];
}

/** Alerts in groups; the group with the oldest comes first. @param units names by id */
export function grouped(
  alerts: readonly BoardAlert[],
  by: Grouping,
  units: ReadonlyMap<string, string>,
  now: number,
): Group[] {
  const keyOf = (alert: BoardAlert): string => {
    if (by === "unit") return alert.territory_id;
    return by === "person" ? (alert.recipient?.user_id ?? "") : bandOf(now - Date.parse(alert.since));
  };
  const nameOf = (key: string, alert: BoardAlert): string => {
    if (by === "unit") return units.get(key) ?? key;
    return by === "person" ? recipientWords(alert) : BAND_WORDS[bandOf(now - Date.parse(alert.since))];
  };
  return [...Map.groupBy(alerts, keyOf)].flatMap(([key, members]) => {
    const [first] = members;
    return first ? [{ key, name: nameOf(key, first), alerts: members }] : [];
  });
}
