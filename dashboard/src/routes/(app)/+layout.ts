import { redirect } from "@sveltejs/kit";
import { getCounts } from "#lib/api/notifications.ts";
import { getTimedSession } from "#lib/api/session.ts";
import { needed, toSignIn } from "#lib/load.ts";
import type { LayoutLoad } from "./$types";

export const load: LayoutLoad = async ({ fetch, url, untrack }) => {
  const here = untrack(() => url);
  const { session, left } = (await needed(getTimedSession(fetch), here)) ?? toSignIn(here);
  if (session.limited) redirect(303, "/set-up");
  const counts = session.memberships.length > 0 ? await getCounts(fetch).catch(() => null) : null;
  return { session, left, counts };
};
