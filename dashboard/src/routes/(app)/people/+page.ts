import { error } from "@sveltejs/kit";
import { allTerritories, listChanges, listPeople } from "#lib/api/admin.ts";
import { hasRole } from "#lib/api/session.ts";
import { ROLES } from "#lib/contract.ts";
import { needed } from "#lib/load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url, parent }) => {
  const { session } = await parent();
  if (!hasRole(session, "admin")) error(403, "People are managed by administrators.");
  const query = new URLSearchParams();
  const q = url.searchParams.get("q")?.trim() ?? "";
  const role = ROLES.find((one) => one === url.searchParams.get("role")) ?? "";
  if (q) query.set("q", q);
  if (role) query.set("role", role);
  const [page, territories, changes] = await needed(
    Promise.all([listPeople(query, fetch), allTerritories(fetch), listChanges(fetch)]),
    url,
  );
  return { q, role, query, page, territories, changes };
};
