import { error } from "@sveltejs/kit";
import { isSupervisor } from "#lib/api/session.ts";
import { loadPolicies } from "#lib/escalation/load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url, parent }) => {
  const { session } = await parent();
  if (!isSupervisor(session)) error(403, "Only supervisors can ask what would have been.");
  return await loadPolicies(fetch, url);
};
