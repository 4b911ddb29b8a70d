import { getDevices } from "#lib/api/devices.ts";
import { getContactPoints, getPreferences } from "#lib/api/preferences.ts";
import { needed } from "#lib/load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url }) => {
  const [preferences, points, push] = await needed(
    Promise.all([getPreferences(fetch), getContactPoints(fetch), getDevices(fetch)]),
    url,
  );
  return { preferences, points, push };
};
