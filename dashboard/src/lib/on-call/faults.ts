import { whole } from "../bounds.ts";
import type { HoursDraft, LayerDraft, RoleDraft, ScheduleDraft } from "./draft.ts";
import { locale } from "../language.ts";

/** The most hours, days and weeks that a turn lasts: about a year. */
const LONGEST = { hours: 8_784, days: 366, weeks: 53 } as const;
const WALL = /^20\d\d-\d\d-\d\dT\d\d:\d\d$/;
const ROLE = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Each checks a field and says what is wrong with it; null when nothing is. */
export function turnFault({ every, unit, rule }: LayerDraft): string | null {
  if (unit === "rule") return rule.trim() === "" ? "Enter a rule, as FREQ=WEEKLY;BYDAY=MO." : null;
  return every !== null && whole(every, { least: 1, most: LONGEST[unit] })
    ? null
    : `Enter a number from 1 to ${LONGEST[unit].toLocaleString(locale)}.`;
}

export const startsFault = ({ starts }: LayerDraft): string | null =>
  WALL.test(starts) ? null : "Enter a day and a time.";

export const peopleFault = ({ people }: LayerDraft): string | null =>
  people.length === 0 ? "Add whoever takes turns." : null;

export const hoursFault = ({ days, from, to }: HoursDraft): string | null =>
  days.length === 0 || from === "" || to === "" ? "Choose days, and enter both times." : null;

export function zoneFault({ zone }: ScheduleDraft): string | null {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone.trim() });
    return zone.trim() === "" ? "Enter a time zone." : null;
  } catch {
    return "Enter a time zone, as Europe/London.";
  }
}

export const roleFault = ({ role }: RoleDraft): string | null =>
  ROLE.test(role.trim()) ? null : "Use lower-case words with hyphens between them, as nephrology-on-call.";

export function codeFault({ system, code }: RoleDraft): string | null {
  if (system.trim() === "" && code.trim() === "") return null;
  if (!URL.canParse(system.trim())) return "Enter the system's address, as http://snomed.info/sct.";
  return code.trim() === "" ? "Enter the code, too." : null;
}
