import { error } from "@sveltejs/kit";
import { allTerritories } from "#lib/api/admin.ts";
import { listFailedWork } from "#lib/api/failed-work.ts";
import { hasRole, isSupervisor } from "#lib/api/session.ts";
import { readFilters } from "#lib/failed/filters.ts";
import { writeFilters } from "#lib/filters.ts";
import { needed } from "#lib/load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url, parent }) => {
  const { session } = await parent();
  const admin = hasRole(session, "admin");
  if (!isSupervisor(session) && !admin) error(403, "Only supervisors and administrators see what failed.");
  const filters = readFilters(url.searchParams);
  const query = writeFilters(filters);
  const [page, everywhere] = await Promise.all([
    needed(listFailedWork(query, fetch), url),
    admin ? allTerritories(fetch).catch(() => []) : [],
  ]);
  const supervised = session.memberships.filter(({ role }) => role === "supervisor");
  return {
    filters,
    query,
    page,
    supervised: new Set(supervised.map(({ territory_id }) => territory_id)),
    territories: new Map([
      ...supervised.map((one): [string, string] => [one.territory_id, one.territory_name]),
      ...everywhere.map((one): [string, string] => [one.territory_id, one.name]),
    ]),
  };
};
