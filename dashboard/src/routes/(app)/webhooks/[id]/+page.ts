import { error } from "@sveltejs/kit";
import { hasRole } from "#lib/api/session.ts";
import { getWebhook, listDeliveries } from "#lib/api/webhooks.ts";
import { needed } from "#lib/load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, params, url, parent }) => {
  const { session } = await parent();
  if (!hasRole(session, "admin")) error(403, "Webhooks are managed by administrators.");
  const failed = url.searchParams.get("status") === "failed";
  const query = new URLSearchParams(failed ? { status: "failed" } : {});
  const [webhook, page] = await needed(
    Promise.all([getWebhook(params.id, fetch), listDeliveries(params.id, query, fetch)]),
    url,
  );
  return { webhook, page, query, failed };
};
