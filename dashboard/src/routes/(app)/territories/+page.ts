import { error } from "@sveltejs/kit";
import { listTerritories } from "#lib/api/admin.ts";
import { hasRole } from "#lib/api/session.ts";
import { needed } from "#lib/load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url, parent }) => {
  const { session } = await parent();
  if (!hasRole(session, "admin")) error(403, "Territories are managed by administrators.");
  const archived = url.searchParams.get("archived") === "true";
  const query = new URLSearchParams({ archived: String(archived) });
  return { archived, query, page: await needed(listTerritories(query, fetch), url) };
};
