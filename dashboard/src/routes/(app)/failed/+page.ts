import { listFailedWork } from "#lib/api/failed-work.ts";
import { writeFilters } from "#lib/filters.ts";
import { readFilters } from "#lib/failed/filters.ts";
import { needed } from "#lib/load.ts";
import { overseen, requireOverseer } from "#lib/overseen.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url, parent }) => {
  const { session } = await parent();
  requireOverseer(session, "Only supervisors and administrators see what failed.");
  const filters = readFilters(url.searchParams);
  const query = writeFilters(filters);
  const [watched, page] = await Promise.all([
    overseen(session, fetch),
    needed(listFailedWork(query, fetch), url),
  ]);
  return { filters, query, page, ...watched };
};
