import { expect, test } from "vitest";
import type { PendingChange } from "../api/admin.ts";
import { changeWords } from "./changes.ts";

const words = (change: PendingChange["change"]): string[] =>
  changeWords({
    change_id: "c",
    kind: "person",
    subject_id: "u",
    subject_name: "U",
    people: [{ user_id: "b.example", name: "Dr B" }],
    change,
    asked_by: "a",
    asker_name: "A",
    asked_at: "2026-05-04T10:00:00.000Z",
    expires_at: "2026-05-11T10:00:00.000Z",
  });

test("says everything that a change does, so that nobody confirms what they don't see", () => {
  expect(
    words({
      grant: ["admin"],
      revoke: ["auditor"],
      identity: { issuer: "https://id.example.org", subject: "ada" },
      email: "ada@example.org",
      second_factor: false,
      disabled: true,
      invitation: true,
    }),
  ).toEqual([
    "Make Administrator",
    "Ask them first whether they have signed in: who asked for this may hold their link.",
    "No longer Auditor",
    "OpenID identity ada at https://id.example.org",
    "Email ada@example.org",
    "Take the authenticator off",
    "Disable",
    "A new link to set the password",
  ]);
  expect(words({ identity: null })).toEqual(["No OpenID identity"]);
  expect(words({ disabled: false })).toEqual(["Enable again"]);
  expect(words({ settings: { originals_days: { from: null, to: 30 } } })).toEqual([
    "Keep originals for: for good → 30 days",
  ]);
  expect(
    words({
      settings: {
        last_resort: { from: null, to: { user_id: "b.example" } },
        privacy_officer: { from: "b.example", to: "gone.example" },
      },
    }),
  ).toEqual(["Last resort: the supervisors of the territory → Dr B", "Privacy officer: Dr B → gone.example"]);
});
