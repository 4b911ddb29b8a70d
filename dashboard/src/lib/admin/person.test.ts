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
  expect(toChange(person, toDraft(person))).toEqual({});
  expect(toChange(person, { ...toDraft(person), name: "Ada Sample" })).toEqual({ name: "Ada Sample" });
});

test("says what roles it changes, whichever their order", () => {
  const more = { territory_id: "s", role: "supervisor" as const };
  const two = { ...person, memberships: [...person.memberships, more] };
  expect(toChange(two, { ...toDraft(two), memberships: two.memberships.toReversed() as [] })).toEqual({});
  expect(toChange(person, { ...toDraft(person), memberships: [more], roles: [] })).toEqual({
    memberships: [more],
    memberships_before: person.memberships,
    roles: [],
  });
});

test("takes a factor and sets an identity where the form says so", () => {
  const draft = {
    ...toDraft(person),
    dropFactor: true,
    issuer: " https://id.example.org ",
    subject: "ada",
  };
  expect(toChange(person, draft)).toMatchObject({
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
