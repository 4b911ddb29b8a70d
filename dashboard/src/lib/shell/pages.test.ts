import { expect, test } from "vitest";
import type { Session } from "../api/session.ts";
import type { Role } from "../contract.ts";
import { pagesOf } from "./pages.ts";

const person = (inTerritory: Role[], roles: Role[]): Session => ({
  user_id: "u",
  name: "n",
  email: "e",
  has_password: true,
  limited: false,
  second_factor_due: null,
  memberships: inTerritory.map((role) => ({ territory_id: "t", territory_name: "T", role })),
  roles,
  expires_at: "2026-05-04T10:15:00.000Z",
  idle_seconds: 900,
  absolute_expires_at: "2026-05-04T22:00:00.000Z",
});
const names = (session: Session) => pagesOf(session).map(({ name }) => name);

test("leads each role to its own pages only", () => {
  expect(names(person(["clinician"], []))).toEqual([
    "Inbox",
    "On call",
    "Emergency",
    "Preferences",
    "System",
  ]);
  expect(names(person(["supervisor"], []))).toEqual([
    "Inbox",
    "Unanswered",
    "Deliveries",
    "Reports",
    "Escalation",
    "On call",
    "Redaction",
    "Emergency",
    "Preferences",
    "System",
  ]);
  expect(names(person([], ["admin"]))).toEqual([
    "Unanswered",
    "Examples",
    "People",
    "Territories",
    "Services",
    "Webhooks",
    "Preferences",
    "System",
  ]);
  expect(names(person([], ["auditor"]))).toEqual(["Audit", "Preferences", "System"]);
  expect(names(person([], []))).toEqual(["Inbox", "Preferences", "System"]);
});
