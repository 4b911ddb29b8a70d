import { listUnanswered } from "#lib/api/unanswered.ts";
import { writeFilters } from "#lib/filters.ts";
import { readFilters } from "#lib/unanswered/filters.ts";
import { needed } from "#lib/load.ts";
import { overseen, requireOverseer } from "#lib/overseen.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url, parent }) => {
  const { session } = await parent();
  requireOverseer(
    session,
    "Only supervisors and administrators see the alerts that wait for an acknowledgement.",
  );
  const filters = readFilters(url.searchParams);
  const query = writeFilters(filters);
  const [watched, page] = await Promise.all([
    overseen(session, fetch),
    needed(listUnanswered(query, fetch), url),
  ]);
  return { filters, query, page, ...watched };
};
