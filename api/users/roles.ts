import type { Transaction } from "../../store/db/knex.ts";
import { missingTerritories, type RoleIn, setRoles } from "../../store/people/people.ts";
import { forbidden, invalid } from "../http/errors.ts";
import type { NewUser } from "./schema.ts";

type Memberships = NewUser["memberships"];
type Roles = NewUser["roles"];

export const toRoles = (memberships: Memberships, roles: Roles): RoleIn[] => [
  ...memberships,
  ...roles.map((role) => ({ territory_id: null, role })),
];

export const inTerritories = (roles: RoleIn[]): Memberships =>
  roles.flatMap(({ territory_id, role }) =>
    territory_id !== null && (role === "clinician" || role === "supervisor") ? [{ territory_id, role }] : [],
  );

export const inInstallation = (roles: RoleIn[]): Roles =>
  roles.flatMap(({ territory_id, role }) =>
    territory_id === null && (role === "admin" || role === "auditor") ? [role] : [],
  );

/** Roles as the audit record has them. */
export const words = (roles: RoleIn[]): string[] =>
  roles.map(({ territory_id, role }) => (territory_id === null ? role : `${role} in ${territory_id}`));

/** Gives and takes roles until they are those named. @throws Problem 422 for a territory that is none, or archived */
export async function giveRoles(
  trx: Transaction,
  id: string,
  memberships: Memberships,
  roles: Roles,
): Promise<void> {
  const missing = await missingTerritories(
    trx,
    memberships.map(({ territory_id }) => territory_id),
  );
  const faults = memberships.flatMap(({ territory_id }, index) =>
    missing.has(territory_id)
      ? [{ path: `/memberships/${index}/territory_id`, message: "is not a territory, or is archived" }]
      : [],
  );
  if (faults.length > 0) throw invalid(faults);
  await setRoles(trx, id, toRoles(memberships, roles));
}

/** @throws Problem 403 where a person would have a role that they do not have now */
export function refuseOwnGrant(held: RoleIn[], wanted: RoleIn[]): void {
  const has = new Set(words(held));
  if (words(wanted).some((role) => !has.has(role)))
    throw forbidden("Nobody grants themself a role; another admin has to.");
}
