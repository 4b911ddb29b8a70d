import { getOwnSessions, getSecondFactor } from "#lib/api/account.ts";
import { getPasskeys } from "#lib/api/passkeys.ts";
import { getMethods } from "#lib/api/session.ts";
import { needed } from "#lib/load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url }) => {
  const [sessions, factor, methods, passkeys] = await needed(
    Promise.all([getOwnSessions(fetch), getSecondFactor(fetch), getMethods(fetch), getPasskeys(fetch)]),
    url,
  );
  return { sessions, factor, methods, passkeys };
};
