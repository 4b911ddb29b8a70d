import type { KeptGroup } from "./groups.ts";
import type { KeptPerson } from "./kept.ts";
import { GROUP, LIST, USER } from "./discovery.ts";

/** Somebody as SCIM has them. @param base the address of `/scim/v2` */
export function presentPerson({ user, kept, groups }: KeptPerson, base: string): object {
  const { id, email, name, disabled_at } = user;
  const { formatted, given, family } = kept?.names ?? {};
  const externalId = kept?.external_id ?? null;
  return {
    schemas: [USER],
    id,
    ...(externalId === null ? {} : { externalId }),
    userName: email,
    displayName: name,
    name: {
      formatted: formatted ?? name,
      ...(given === undefined ? {} : { givenName: given }),
      ...(family === undefined ? {} : { familyName: family }),
    },
    active: disabled_at === null,
    emails: [{ value: email, type: "work", primary: true }],
    groups: groups.map((group) => ({
      value: group.id,
      display: group.name,
      $ref: `${base}/Groups/${group.id}`,
      type: "direct",
    })),
    meta: metaOf(
      "User",
      `${base}/Users/${encodeURIComponent(id)}`,
      kept?.created_at ?? user.created_at,
      kept?.updated_at,
    ),
  };
}

export function presentGroup({ group, members }: KeptGroup, base: string): object {
  const { id, name, external_id, created_at, updated_at } = group;
  return {
    schemas: [GROUP],
    id,
    ...(external_id === null ? {} : { externalId: external_id }),
    displayName: name,
    ...(members === null
      ? {}
      : {
          members: members.map((member) => ({
            value: member.id,
            display: member.name,
            $ref: `${base}/Users/${encodeURIComponent(member.id)}`,
            type: "User",
          })),
        }),
    meta: metaOf("Group", `${base}/Groups/${id}`, created_at, updated_at),
  };
}

const metaOf = (resourceType: string, location: string, created: Date, changed = created): object => ({
  resourceType,
  location,
  created: created.toISOString(),
  lastModified: changed.toISOString(),
});

/** A page of a list. */
export const presentList = (resources: object[], total: number, from: number): object => ({
  schemas: [LIST],
  totalResults: total,
  startIndex: from,
  itemsPerPage: resources.length,
  Resources: resources,
});
