import { whole } from "../bounds.ts";
import {
  DIGEST_MINUTES,
  FACTOR_GRACE_DAYS,
  ID,
  ORIGINALS_DAYS,
  PASSWORD,
  TAKEOVER_SECONDS,
  TARGET_MINUTES,
  THROTTLE,
} from "../contract.ts";

/** Each checks a field and says what is wrong with it; null when nothing is. */
export const nameFault = (name: string): string | null => (name.trim() === "" ? "Enter a name." : null);

export const emailFault = (email: string): string | null =>
  /^\S+@\S+\.\S+$/.test(email.trim()) ? null : "Enter an email address.";

export const passwordFault = (password: string): string | null =>
  password.length >= PASSWORD.shortest ? null : `Use at least ${PASSWORD.shortest} characters.`;

/** Checks for how many days originals are kept; null keeps them for good. */
export const daysFault = (days: number | null): string | null =>
  days === null || whole(days, ORIGINALS_DAYS)
    ? null
    : `Enter whole days from ${ORIGINALS_DAYS.least} to ${ORIGINALS_DAYS.most}, or nothing.`;

/** Checks after how many days a second factor is needed. */
export const graceFault = (days: number | null): string | null =>
  days !== null && whole(days, FACTOR_GRACE_DAYS)
    ? null
    : `Enter whole days from ${FACTOR_GRACE_DAYS.least} to ${FACTOR_GRACE_DAYS.most}.`;

/** Checks after how many seconds the next channel begins; null leaves it as Tocsin has it. */
export const takeoverFault = (seconds: number | null): string | null =>
  seconds === null || whole(seconds, TAKEOVER_SECONDS)
    ? null
    : `Enter whole seconds from ${TAKEOVER_SECONDS.least} to ${TAKEOVER_SECONDS.most}, or nothing.`;

/** Checks within how many minutes alerts are to be acknowledged; null: there is no target. */
export const targetFault = (minutes: number | null): string | null =>
  minutes === null || whole(minutes, TARGET_MINUTES)
    ? null
    : `Enter whole minutes from ${TARGET_MINUTES.least} to ${TARGET_MINUTES.most}, or nothing.`;

/** Checks how many a minute come by themselves; null: there is no bound. */
export const throttleFault = (most: number | null): string | null =>
  most === null || whole(most, THROTTLE)
    ? null
    : `Enter a whole number from ${THROTTLE.least} to ${THROTTLE.most}, or nothing.`;

/** Checks for how many minutes a digest gathers; null: there is none. */
export const windowFault = (minutes: number | null): string | null =>
  minutes === null || whole(minutes, DIGEST_MINUTES)
    ? null
    : `Enter whole minutes from ${DIGEST_MINUTES.least} to ${DIGEST_MINUTES.most}, or nothing.`;

/** Checks an id that senders choose: visible, without spaces at its ends. */
export function idFault(id: string): string | null {
  if (id === "") return "Enter an id.";
  if (id.trim() !== id || id.length > ID.longest || !ID.characters.test(id))
    return `Use at most ${ID.longest} visible characters, without spaces at the ends.`;
  return null;
}
