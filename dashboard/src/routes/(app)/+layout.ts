import { getSession } from "#lib/api/session.ts";
import { needed, toSignIn } from "#lib/load.ts";
import type { LayoutLoad } from "./$types";

export const load: LayoutLoad = async ({ fetch, url, untrack }) => {
  const here = untrack(() => url);
  return { session: (await needed(getSession(fetch), here)) ?? toSignIn(here) };
};
