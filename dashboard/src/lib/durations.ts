import { language, shown } from "./language.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const oneDigit = (value: number): string =>
  value.toLocaleString(language, { minimumFractionDigits: 1, maximumFractionDigits: 1, useGrouping: false });
const two = (value: number): string => String(value).padStart(2, "0");

/** Hours and minutes: "2 h 05 min". */
const hoursWords = (ms: number): string =>
  `${Math.floor(ms / HOUR)} h ${two(Math.floor((ms % HOUR) / MINUTE))} min`;

/** How long until something comes: "4:05" within the hour, "2 h 05 min" before that, "now" once it is due. @param ms until then */
export function untilWords(ms: number): string {
  if (ms <= 0) return shown("now");
  if (ms >= HOUR) return hoursWords(ms);
  const seconds = Math.ceil(ms / SECOND);
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}

/** The same as the end of a sentence: "in 2:13", "in 1 h 05 min", "now". */
export const countdown = (ms: number): string => (ms <= 0 ? shown("now") : `in ${untilWords(ms)}`);

/** How long something goes on: "12 min left", "2 h 05 min left"; never less than a minute. @param ms until its end */
export function leftWords(ms: number): string {
  const minutes = Math.max(1, Math.ceil(ms / MINUTE));
  return `${minutes < 60 ? `${minutes} min` : hoursWords(minutes * MINUTE)} left`;
}

/** An age as short as it stays clear: "42 s", "18 min", "2 h 05 min", "3 days". */
export function ageWords(ms: number): string {
  const age = Math.max(0, ms);
  if (age < MINUTE) return `${Math.floor(age / SECOND)} s`;
  if (age < HOUR) return `${Math.floor(age / MINUTE)} min`;
  return age < 48 * HOUR ? hoursWords(age) : daysWords(Math.floor(age / (24 * HOUR)));
}

const daysWords = (days: number): string => `${days} days`;

/** What was measured, in two units at most: "3.2 s", "4 min 10 s"; "–" where nothing was. */
export function durationWords(seconds: number | null): string {
  if (seconds === null) return "–";
  if (seconds < 9.95) return `${oneDigit(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** What a machine took: "3 ms", "1.2 s". */
export const msWords = (ms: number): string =>
  ms < SECOND ? `${Math.max(1, Math.round(ms))} ms` : `${oneDigit(ms / SECOND)} s`;

const UNITS: [seconds: number, one: string, many: string][] = [
  [86_400, shown("day"), shown("days")],
  [3_600, shown("hour"), shown("hours")],
  [60, shown("minute"), shown("minutes")],
  [1, shown("second"), shown("seconds")],
];

/** A span of time that somebody chose, to the second: "1 hour 30 minutes". */
export function spanWords(seconds: number): string {
  let left = seconds;
  const parts: string[] = [];
  for (const [size, one, many] of UNITS) {
    const count = Math.floor(left / size);
    if (count > 0) parts.push(`${count} ${count === 1 ? one : many}`);
    left -= count * size;
  }
  return parts.join(" ") || "at once";
}
