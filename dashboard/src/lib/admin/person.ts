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

/** The change that makes a person as the draft has them. */
export const toChange = (draft: PersonDraft): PersonChange => ({
  ...toPerson(draft),
  ...(draft.dropFactor && { second_factor: false as const }),
  ...(draft.issuer !== "" && {
    identity: { issuer: draft.issuer.trim(), subject: draft.subject.trim() },
  }),
});
