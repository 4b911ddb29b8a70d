import { error } from "@sveltejs/kit";
import { allPolicies } from "#lib/api/policies.ts";
import { isSupervisor } from "#lib/api/session.ts";
import { getChannels } from "#lib/api/system.ts";
import { needed } from "#lib/load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url, parent }) => {
  const { session } = await parent();
  if (!isSupervisor(session)) error(403, "Only supervisors can ask what would have been.");
  const [policies, channels] = await Promise.all([
    needed(allPolicies(fetch), url),
    getChannels(fetch).catch(() => []),
  ]);
  return {
    policies,
    channels: channels.filter(({ state }) => state !== "not_configured").map(({ name }) => name),
  };
};
