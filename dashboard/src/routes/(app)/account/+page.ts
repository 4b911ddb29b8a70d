import { getOwnSessions, getSecondFactor } from "#lib/api/account.ts";
import { getMethods } from "#lib/api/session.ts";
import { needed } from "#lib/load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url }) => {
  const [sessions, factor, methods] = await needed(
    Promise.all([getOwnSessions(fetch), getSecondFactor(fetch), getMethods(fetch)]),
    url,
  );
  return { sessions, factor, methods };
};
