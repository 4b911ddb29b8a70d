import { error } from "@sveltejs/kit";
import { allServices } from "#lib/api/admin.ts";
import { hasRole } from "#lib/api/session.ts";
import { allWebhooks } from "#lib/api/webhooks.ts";
import { needed } from "#lib/load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url, parent }) => {
  const { session } = await parent();
  if (!hasRole(session, "admin")) error(403, "Webhooks are managed by administrators.");
  const [webhooks, services] = await needed(Promise.all([allWebhooks(fetch), allServices(fetch)]), url);
  return { webhooks, services };
};
