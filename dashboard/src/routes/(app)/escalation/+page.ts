import { error } from "@sveltejs/kit";
import { allPolicies, reachOf } from "#lib/api/policies.ts";
import { isSupervisor } from "#lib/api/session.ts";
import { getChannels } from "#lib/api/system.ts";
import { needed } from "#lib/load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url, parent }) => {
  const { session } = await parent();
  if (!isSupervisor(session)) error(403, "Only supervisors can see and change escalation policies.");
  const [policies, channels] = await Promise.all([
    needed(allPolicies(fetch), url),
    getChannels(fetch).catch(() => []),
  ]);
  const reaches = await Promise.all(
    policies.map(({ territory_id, rules }) => reachOf(territory_id, rules.steps, fetch).catch(() => [])),
  );
  return {
    policies: policies.map((policy, index) => ({ policy, reach: reaches[index] ?? [] })),
    channels: channels.filter(({ state }) => state !== "not_configured").map(({ name }) => name),
  };
};
