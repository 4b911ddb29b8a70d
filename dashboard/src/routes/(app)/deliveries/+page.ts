import { error } from "@sveltejs/kit";
import { listDeliveries } from "#lib/api/deliveries.ts";
import { isSupervisor } from "#lib/api/session.ts";
import { getChannels } from "#lib/api/system.ts";
import { historyQuery, readFilters } from "#lib/deliveries/filters.ts";
import { needed } from "#lib/load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url, parent }) => {
  const { session } = await parent();
  if (!isSupervisor(session)) error(403, "Only supervisors can see the delivery history.");
  const filters = readFilters(url.searchParams);
  const [page, channels] = await Promise.all([
    needed(listDeliveries(historyQuery(filters), fetch), url),
    getChannels(fetch).catch(() => []),
  ]);
  return { filters, page, channels: channels.map(({ name }) => name) };
};
