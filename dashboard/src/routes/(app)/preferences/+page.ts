import { getContactPoints, getPreferences } from "#lib/api/preferences.ts";
import { needed } from "#lib/load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url }) => {
  const [preferences, points] = await needed(
    Promise.all([getPreferences(fetch), getContactPoints(fetch)]),
    url,
  );
  return { preferences, points };
};
