import type { OwnAvailability, Unreachable } from "../api/availability.ts";
import type { Availability } from "../contract.ts";
import { shortTime } from "../time.ts";
import { language } from "../language.ts";

export const STATUS_WORDS: Record<Availability, string> = {
  available: "Available",
  busy: "Busy",
  away: "Away",
};

/** Names of people, e.g. "Ada, Ben and Cyd". */
export const namesOf = (people: readonly { name: string }[]): string =>
  new Intl.ListFormat(language === "en" ? "en-GB" : language).format(people.map(({ name }) => name));

/** Whom somebody covers, in words, e.g. "Ada until 14:00 and Ben until 15:00". */
export const coveringWords = (covering: OwnAvailability["covering"], now: number): string =>
  namesOf(covering.map(({ name, until }) => ({ name: `${name} until ${shortTime(until, now)}` })));

/** The own availability in words, e.g. "Away until 14:00, covered by Ben". */
export function ownWords({ status, until, delegate, covered }: OwnAvailability, now: number): string {
  if (until === null) return STATUS_WORDS[status];
  const words = `${STATUS_WORDS[status]} until ${shortTime(until, now)}`;
  if (delegate === null) return words;
  return covered.length > 0 ? `${words}, covered by ${delegate.name}` : `${words}, covered by nobody`;
}

/** What to know about the own cover as it is now; null where all is as it was meant. */
export function coverTrouble(
  { status, delegate, covered, uncovered }: OwnAvailability,
  nameOf: (territory: string) => string,
): string | null {
  if (delegate !== null && covered.length === 0)
    return `${delegate.name} can't cover you now: what comes for you comes to you alone.`;
  if (delegate !== null && uncovered.length > 0)
    return `Nobody covers you in ${namesOf(uncovered.map((id) => ({ name: nameOf(id) })))}.`;
  return status === "away" && delegate === null
    ? "Nobody covers you: what comes for you comes to you alone, and your supervisors see that."
    : null;
}

export const REASON_WORDS: Record<Unreachable["reason"], string> = {
  away: "Away, and covered by nobody",
  no_channel: "No channel has an address of theirs, and they have no page open",
};
