import { error } from "@sveltejs/kit";
import { allTerritories } from "#lib/api/admin.ts";
import { listExamples } from "#lib/api/redactions.ts";
import { hasRole } from "#lib/api/session.ts";
import { needed } from "#lib/load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url, parent }) => {
  const { session } = await parent();
  if (!hasRole(session, "admin")) error(403, "Only administrators see the examples of redaction.");
  const query = new URLSearchParams();
  const [page, territories] = await Promise.all([
    needed(listExamples(query, fetch), url),
    allTerritories(fetch).catch(() => []),
  ]);
  return { query, page, territories: new Map(territories.map((one) => [one.territory_id, one.name])) };
};
