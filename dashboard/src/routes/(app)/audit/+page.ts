import { error } from "@sveltejs/kit";
import { listAudit } from "#lib/api/audit.ts";
import { hasRole } from "#lib/api/session.ts";
import { readFilters, recordQuery } from "#lib/audit/filters.ts";
import { needed } from "#lib/load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url, parent }) => {
  const { session } = await parent();
  if (!hasRole(session, "auditor")) error(403, "Only auditors can read the audit record.");
  const filters = readFilters(url.searchParams);
  return { filters, page: await needed(listAudit(recordQuery(filters), fetch), url) };
};
