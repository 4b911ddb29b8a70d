import { expect, test } from "vitest";
import type { Session } from "../api/session.ts";
import type { Role } from "../contract.ts";
import { pagesOf, tabsOf } from "./pages.ts";

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
    "Board",
    "Unanswered",
    "Deliveries",
    "Failed work",
    "Reports",
    "Escalation",
    "On call",
    "Topics",
    "Redaction",
    "Emergency",
    "Preferences",
    "System",
  ]);
  expect(names(person([], ["admin"]))).toEqual([
    "Unanswered",
    "Failed work",
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

test("keeps three pages at hand on a phone, and loses none", () => {
  const tabs = (session: Session) => tabsOf(pagesOf(session)).tabs.map(({ name }) => name);
  expect(tabs(person(["clinician"], []))).toEqual(["Inbox", "On call"]);
  expect(tabs(person(["supervisor"], []))).toEqual(["Inbox", "Board", "Unanswered"]);
  expect(tabs(person([], ["admin"]))).toEqual(["Unanswered", "People"]);
  expect(tabs(person([], ["auditor"]))).toEqual(["Audit"]);
  const all = person(["supervisor"], ["admin", "auditor"]);
  const { tabs: some, more } = tabsOf(pagesOf(all));
  expect(new Set([...some, ...more].map(({ name }) => name))).toEqual(new Set(names(all)));
});
