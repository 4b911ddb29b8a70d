import type { Key } from "../api/admin.ts";
import { LIVE_KEYS } from "../contract.ts";

export const KEY_WORDS: Record<Key["state"], string> = {
  live: "Good",
  expired: "Expired",
  revoked: "Revoked",
};

export const KEY_TONES: Record<Key["state"], "good" | "neutral"> = {
  live: "good",
  expired: "neutral",
  revoked: "neutral",
};

/** A service's keys, the good ones first, then the newest. */
export const keysOf = (keys: readonly Key[], serviceId: string): Key[] =>
  keys
    .filter(({ service_id }) => service_id === serviceId)
    .toSorted(
      (a, b) =>
        Number(b.state === "live") - Number(a.state === "live") || b.created_at.localeCompare(a.created_at),
    );

/** Whether a service can have one more key. */
export const canHaveMore = (keys: readonly Key[]): boolean =>
  keys.filter(({ state }) => state === "live").length < LIVE_KEYS;

/** Pages that are typed as a list, by spaces, commas or lines. */
export const originsOf = (typed: string): string[] => [
  ...new Set(typed.split(/[\s,]+/).filter((one) => one !== "")),
];

/** What is wrong with a list of pages' origins; null where each is as a browser writes it. */
export function originsFault(typed: string): string | null {
  const wrong = originsOf(typed).find((one) => !URL.canParse(one) || new URL(one).origin !== one);
  return wrong === undefined
    ? null
    : `${wrong} is no origin: write it as https://ehr.example, without a path.`;
}

/** The end of a day (YYYY-MM-DD) in the reader's time zone; undefined where the day is empty. */
export function endOf(day: string): string | undefined {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return day === "" ? undefined : new Date(year, month - 1, date + 1).toISOString();
}
