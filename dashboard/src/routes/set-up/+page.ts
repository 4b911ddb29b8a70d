import { redirect } from "@sveltejs/kit";
import { getSecondFactor } from "#lib/api/account.ts";
import { getSession } from "#lib/api/session.ts";
import { needed, toSignIn } from "#lib/load.ts";
import type { PageLoad } from "./$types";

/** For somebody whose role demands a second factor, and whose days without one are over. */
export const load: PageLoad = async ({ fetch, url }) => {
  const session = (await needed(getSession(fetch), url)) ?? toSignIn(url);
  if (!session.limited) redirect(303, "/");
  return { factor: await needed(getSecondFactor(fetch), url) };
};
