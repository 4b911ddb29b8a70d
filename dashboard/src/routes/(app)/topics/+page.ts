import { error } from "@sveltejs/kit";
import { isSupervisor } from "#lib/api/session.ts";
import { allRoles, allTopics } from "#lib/api/topics.ts";
import { needed } from "#lib/load.ts";
import { must } from "#lib/must.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url, parent }) => {
  const { session } = await parent();
  if (!isSupervisor(session)) error(403, "Only supervisors keep the topics of a territory.");
  const territories = session.memberships.filter(({ role }) => role === "supervisor");
  const asked = url.searchParams.get("territory");
  const territory =
    territories.find(({ territory_id }) => territory_id === asked) ??
    must(territories[0], "supervised territory");
  const [topics, roles] = await needed(
    Promise.all([allTopics(territory.territory_id, fetch), allRoles(territory.territory_id, fetch)]),
    url,
  );
  return { territories, territory, topics, roles };
};
