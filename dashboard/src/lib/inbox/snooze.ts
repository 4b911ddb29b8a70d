import { shown } from "../language.ts";

export interface SnoozeChoice {
  name: string;
  until: Date;
}

const MINUTE = 60_000;
const EVENING = 18;
const MORNING = 7;
/** An evening that is nearer than this is no choice of its own; ms. */
const SOON = 90 * MINUTE;

/** How long a notification can be put off, by the reader's own clock; late in the day the evening gives way to the morning. */
export function snoozeChoices(now: Date): SnoozeChoice[] {
  const evening = atHour(now, 0, EVENING);
  const later = evening.getTime() - now.getTime() > SOON;
  return [
    { name: shown("15 minutes"), until: new Date(now.getTime() + 15 * MINUTE) },
    { name: shown("1 hour"), until: new Date(now.getTime() + 60 * MINUTE) },
    later
      ? { name: "This evening, 18:00", until: evening }
      : { name: "Tomorrow morning, 07:00", until: atHour(now, 1, MORNING) },
  ];
}

const atHour = (now: Date, days: number, hour: number): Date =>
  new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);

/** The API's longest. */
const LONGEST = 7 * 24 * 60 * MINUTE;

/** A moment as a field for date and time has it, by the reader's own clock. */
export function localTime(at: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-");
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** What is wrong with a time, as a field for date and time has it, until which somebody wants to snooze; null for nothing. */
export function snoozeFault(own: string, now: Date): string | null {
  const until = new Date(own).getTime();
  if (own === "" || Number.isNaN(until)) return "Choose a day and a time.";
  if (until <= now.getTime()) return "It has to be later than now.";
  return until < now.getTime() + LONGEST ? null : "Seven days at most.";
}
