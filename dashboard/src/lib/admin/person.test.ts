import { expect, test } from "vitest";
import type { Person } from "../api/admin.ts";
import { toChange, toDraft, toPerson } from "./person.ts";

const person: Person = {
  user_id: "u",
  email: "ada@example.org",
  name: "Ada",
  memberships: [{ territory_id: "n", role: "clinician" }],
  roles: ["admin"],
  has_password: true,
  second_factor: true,
  created_at: "2026-05-04T10:00:00.000Z",
  disabled_at: null,
  pending_changes: [],
};

test("leaves alone what the form didn't touch", () => {
  const kept = { name: "Ada", email: "ada@example.org", memberships: person.memberships, roles: ["admin"] };
  expect(toChange(toDraft(person))).toEqual(kept);
});

test("takes a factor and sets an identity where the form says so", () => {
  const draft = {
    ...toDraft(person),
    dropFactor: true,
    issuer: " https://id.example.org ",
    subject: "ada",
  };
  expect(toChange(draft)).toMatchObject({
    second_factor: false,
    identity: { issuer: "https://id.example.org", subject: "ada" },
  });
});

test("makes a new person, each role once", () => {
  const membership = { territory_id: "n", role: "clinician" as const };
  const draft = {
    ...toDraft(null),
    name: " Ada ",
    email: "a@b.org",
    memberships: [membership, { ...membership }],
  };
  expect(toPerson(draft)).toEqual({ name: "Ada", email: "a@b.org", memberships: [membership], roles: [] });
});
