import { getOwnSessions, getSecondFactor } from "#lib/api/account.ts";
import { needed } from "#lib/load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url }) => {
  const [sessions, factor] = await needed(Promise.all([getOwnSessions(fetch), getSecondFactor(fetch)]), url);
  return { sessions, factor };
};
