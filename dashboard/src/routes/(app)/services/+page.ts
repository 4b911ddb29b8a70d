import { error } from "@sveltejs/kit";
import { allKeys, allServices, allTerritories } from "#lib/api/admin.ts";
import { allScimGroups, allScimTokens } from "#lib/api/scim.ts";
import { hasRole } from "#lib/api/session.ts";
import { needed } from "#lib/load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url, parent }) => {
  const { session } = await parent();
  if (!hasRole(session, "admin")) error(403, "Services are managed by administrators.");
  const [services, keys, territories, tokens, groups] = await needed(
    Promise.all([
      allServices(fetch),
      allKeys(fetch),
      allTerritories(fetch),
      allScimTokens(fetch),
      allScimGroups(fetch),
    ]),
    url,
  );
  return { services, keys, territories, tokens, groups };
};
