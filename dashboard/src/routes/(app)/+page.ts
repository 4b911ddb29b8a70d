import { redirect } from "@sveltejs/kit";
import { pagesOf } from "#lib/shell/pages.ts";
import type { PageLoad } from "./$types";

/** Whoever has no inbox, but work elsewhere, is led there. */
export const load: PageLoad = async ({ parent }) => {
  const [first] = pagesOf((await parent()).session);
  if (first && first.href !== "/") redirect(303, first.href);
};
