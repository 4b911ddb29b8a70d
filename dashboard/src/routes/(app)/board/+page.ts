import { error } from "@sveltejs/kit";
import { isSupervisor } from "#lib/api/session.ts";
import { GROUPINGS } from "#lib/board/words.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ url, parent }) => {
  const { session } = await parent();
  if (!isSupervisor(session)) error(403, "Only supervisors see the board.");
  const supervised = session.memberships.filter(({ role }) => role === "supervisor");
  return {
    by: GROUPINGS.find((one) => one === url.searchParams.get("by")) ?? "unit",
    territory: url.searchParams.get("territory") ?? "",
    units: new Map(supervised.map((one) => [one.territory_id, one.territory_name])),
  };
};
