import { error } from "@sveltejs/kit";
import { allColleagues } from "#lib/api/availability.ts";
import { listDeliveries } from "#lib/api/deliveries.ts";
import { isSupervisor } from "#lib/api/session.ts";
import { getChannels } from "#lib/api/system.ts";
import { historyQuery, readFilters } from "#lib/deliveries/filters.ts";
import { needed } from "#lib/load.ts";
import { personOptions } from "#lib/ui/options.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url, parent }) => {
  const { session } = await parent();
  if (!isSupervisor(session)) error(403, "Only supervisors can see the delivery history.");
  const filters = readFilters(url.searchParams);
  const supervised = session.memberships.filter(({ role }) => role === "supervisor");
  const [page, channels, people] = await Promise.all([
    needed(listDeliveries(historyQuery(filters), fetch), url),
    getChannels(fetch).catch(() => []),
    allColleagues(
      supervised.map(({ territory_id }) => territory_id),
      fetch,
    ).catch(() => []),
  ]);
  return {
    filters,
    page,
    supervised,
    people: personOptions(people),
    channels: channels.map(({ name }) => name),
  };
};
