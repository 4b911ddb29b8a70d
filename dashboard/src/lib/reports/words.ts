import { CATEGORIES } from "../contract.ts";
import { CATEGORY_WORDS } from "../words.ts";
import type { Group, Report } from "./filters.ts";

export const REPORT_WORDS: Record<Report, string> = {
  times: "Response times",
  load: "Load",
};

export const GROUP_WORDS: Record<Group, string> = {
  category: "Category",
  territory: "Territory",
  hour: "Hour of the day",
  role: "Role",
};

const ROLES = new Map([
  ["clinician", "Clinicians"],
  ["supervisor", "Supervisors"],
  ["none", "People who have left"],
]);

/** A group's name: a category's, a territory's, a role's, or "14:00 to 15:00". */
export function groupWords(by: Group, group: string, territories: ReadonlyMap<string, string>): string {
  if (by === "territory") return territories.get(group) ?? group;
  if (by === "hour") return `${group}:00 to ${String((Number(group) + 1) % 24).padStart(2, "0")}:00`;
  if (by === "role") return ROLES.get(group) ?? group;
  const category = CATEGORIES.find((one) => one === group);
  return category === undefined ? group : CATEGORY_WORDS[category];
}

/** A share in whole per cent; never 100 % while one is missing, and never 0 % where there is one. */
export function shareWords(share: number | null): string {
  if (share === null) return "no target";
  const percent = Math.round(100 * share);
  if (percent === 100 && share < 1) return "99 %";
  if (percent === 0 && share > 0) return "1 %";
  return `${percent} %`;
}
