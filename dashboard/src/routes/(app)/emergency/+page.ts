import { listAccesses } from "#lib/api/emergency.ts";
import { needed } from "#lib/load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url }) => {
  const query = new URLSearchParams();
  return { query, page: await needed(listAccesses(query, fetch), url) };
};
