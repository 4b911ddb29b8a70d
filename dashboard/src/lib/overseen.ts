import { error } from "@sveltejs/kit";
import { allTerritories } from "./api/admin.ts";
import { hasRole, isSupervisor } from "./api/session.ts";
import type { Session } from "./api/session.ts";

/** Refuses a page to who is neither a supervisor nor an administrator, with what they are told. */
export function requireOverseer(session: Session, refusal: string): void {
  if (!isSupervisor(session) && !hasRole(session, "admin")) error(403, refusal);
}

/** The territories that somebody supervises, and the names of these and, for an administrator, of all others. */
export async function overseen(
  session: Session,
  fetch: typeof globalThis.fetch,
): Promise<{ supervised: Set<string>; territories: Map<string, string> }> {
  const supervised = session.memberships.filter(({ role }) => role === "supervisor");
  const everywhere = hasRole(session, "admin") ? await allTerritories(fetch).catch(() => []) : [];
  return {
    supervised: new Set(supervised.map(({ territory_id }) => territory_id)),
    territories: new Map([
      ...supervised.map((one): [string, string] => [one.territory_id, one.territory_name]),
      ...everywhere.map((one): [string, string] => [one.territory_id, one.name]),
    ]),
  };
}
