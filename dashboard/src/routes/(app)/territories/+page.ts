import { error } from "@sveltejs/kit";
import { allTerritories, listTerritories } from "#lib/api/admin.ts";
import { hasRole } from "#lib/api/session.ts";
import { listWalls } from "#lib/api/walls.ts";
import { needed } from "#lib/load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url, parent }) => {
  const { session } = await parent();
  if (!hasRole(session, "admin")) error(403, "Territories are managed by administrators.");
  const archived = url.searchParams.get("archived") === "true";
  const query = new URLSearchParams({ archived: String(archived) });
  const [page, walls, inUse] = await Promise.all([
    needed(listTerritories(query, fetch), url),
    needed(listWalls(fetch), url),
    needed(allTerritories(fetch), url),
  ]);
  return { archived, query, page, walls, inUse };
};
