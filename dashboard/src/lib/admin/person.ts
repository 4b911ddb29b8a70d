import type { InstallationRole, NewPerson, Person, PersonChange, RoleInTerritory } from "../api/admin.ts";
import { distinctRoles, installationRoles, territoryRoles } from "./roles.ts";

/** A person as they stand in the form. */
export interface PersonDraft {
  name: string;
  email: string;
  memberships: RoleInTerritory[];
  roles: InstallationRole[];
  /** The identity at the OpenID provider; both empty for no new one. */
  issuer: string;
  subject: string;
  /** Whether a lost authenticator is taken off. */
  dropFactor: boolean;
}

/** @param person null for a new one */
export const toDraft = (person: Person | null): PersonDraft => ({
  name: person === null ? "" : person.name,
  email: person === null ? "" : person.email,
  memberships: person === null ? [] : territoryRoles(person),
  roles: person === null ? [] : installationRoles(person),
  issuer: "",
  subject: "",
  dropFactor: false,
});

/** The person that a draft makes. */
export const toPerson = ({ name, email, memberships, roles }: PersonDraft): NewPerson => ({
  name: name.trim(),
  email: email.trim(),
  memberships: distinctRoles(memberships),
  roles: [...roles],
});

/** The change that makes a person as the draft has them: what somebody else changes meanwhile stays, unless it is changed here too. */
export function toChange(before: Person, draft: PersonDraft): PersonChange {
  const { name, email, memberships = [], roles = [] } = toPerson(draft);
  const had = territoryRoles(before);
  return {
    ...(name !== before.name && { name }),
    ...(email !== before.email && { email }),
    ...(!areSame(had.map(keyOf), memberships.map(keyOf)) && { memberships, memberships_before: had }),
    ...(!areSame(installationRoles(before), roles) && { roles }),
    ...(draft.dropFactor && { second_factor: false as const }),
    ...(draft.issuer !== "" && {
      identity: { issuer: draft.issuer.trim(), subject: draft.subject.trim() },
    }),
  };
}

const keyOf = ({ territory_id, role }: RoleInTerritory): string => `${role} ${territory_id}`;
const areSame = (one: string[], other: string[]): boolean =>
  one.length === other.length && one.every((key) => other.includes(key));
