import { allPolicies } from "../api/policies.ts";
import type { Policy } from "../api/policies.ts";
import type { Fetch } from "../api/request.ts";
import { getChannels } from "../api/system.ts";
import { needed } from "../load.ts";

/** What rules are written by: the policies there are, and the channels that can be used. */
export async function loadPolicies(
  fetch: Fetch,
  url: URL,
): Promise<{ policies: Policy[]; channels: string[] }> {
  const [policies, channels] = await Promise.all([
    needed(allPolicies(fetch), url),
    getChannels(fetch).catch(() => []),
  ]);
  return {
    policies,
    channels: channels.filter(({ state }) => state !== "not_configured").map(({ name }) => name),
  };
}
