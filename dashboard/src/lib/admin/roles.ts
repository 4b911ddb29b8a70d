import type { InstallationRole, Person, RoleInTerritory } from "../api/admin.ts";
import { ROLE_WORDS } from "../words.ts";

/** A person's roles in words, territories by their names. */
export function roleWords(
  { memberships, roles }: Pick<Person, "memberships" | "roles">,
  names: ReadonlyMap<string, string>,
): string[] {
  return [
    ...memberships.map(
      ({ territory_id, role }) => `${ROLE_WORDS[role]} in ${names.get(territory_id) ?? territory_id}`,
    ),
    ...roles.map((role) => ROLE_WORDS[role]),
  ];
}

/** The roles in territories, as they can be given. */
export const territoryRoles = ({ memberships }: Pick<Person, "memberships">): RoleInTerritory[] =>
  memberships.flatMap(({ territory_id, role }) =>
    role === "clinician" || role === "supervisor" ? [{ territory_id, role }] : [],
  );

export const installationRoles = ({ roles }: Pick<Person, "roles">): InstallationRole[] =>
  roles.flatMap((role) => (role === "admin" || role === "auditor" ? [role] : []));

/** The roles, each once. */
export const distinctRoles = (roles: readonly RoleInTerritory[]): RoleInTerritory[] =>
  roles.filter(
    ({ territory_id, role }, index) =>
      roles.findIndex((other) => other.territory_id === territory_id && other.role === role) === index,
  );
