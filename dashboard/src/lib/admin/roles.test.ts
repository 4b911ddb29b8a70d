import { expect, test } from "vitest";
import { distinctRoles, installationRoles, roleWords, territoryRoles } from "./roles.ts";

const person = {
  memberships: [
    { territory_id: "n", role: "clinician" as const },
    { territory_id: "s", role: "supervisor" as const },
  ],
  roles: ["admin" as const],
};

test("names roles, and territories by name where it is known", () => {
  expect(roleWords(person, new Map([["n", "North"]]))).toEqual([
    "Clinician in North",
    "Supervisor in s",
    "Administrator",
  ]);
});

test("keeps to roles that can be given where they stand", () => {
  expect(
    territoryRoles({ memberships: [...person.memberships, { territory_id: "n", role: "admin" }] }),
  ).toEqual(person.memberships);
  expect(installationRoles({ roles: ["auditor", "clinician"] })).toEqual(["auditor"]);
  const [first] = territoryRoles(person);
  expect(first && distinctRoles([first, { ...first }, { ...first, role: "supervisor" }])).toHaveLength(2);
});
