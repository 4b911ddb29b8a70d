import { expect, test } from "vitest";
import type { SettingChanges, SettingName } from "../api/admin.ts";
import { settingLines } from "./setting-words.ts";

const CHANGES: Required<SettingChanges> = {
  originals_days: { from: null, to: 1 },
  reveal_reasons: { from: ["Treatment"], to: ["Treatment", "Call back"] },
  privacy_officer: { from: "a.example", to: null },
  second_factor: { from: { roles: ["clinician", "supervisor"], grace_days: 0 }, to: null },
  last_resort: { from: null, to: { user_id: "b.example" } },
  acknowledge_within_minutes: { from: { patient_alert: 30 }, to: { patient_alert: 30, order_update: 1 } },
  grouping: { from: null, to: { order_update: { throttle: 5, digest: { window: 15, by: "ward" } } } },
  channels: { from: [], to: ["pager"] },
  takeover_seconds: { from: null, to: 0 },
  "redaction.kinds": { from: null, to: ["name", "mrn"] },
  "redaction.facilities": { from: null, to: false },
  "redaction.patterns": { from: [{ kind: "mrn", source: "ZX-[0-9]{4}" }], to: null },
  "redaction.hidden": { from: null, to: [{ kind: "facility", value: "Purple Wing" }] },
  "redaction.kept": { from: ["Lantern"], to: ["Lantern", "Mallet"] },
};

const PEOPLE = [
  { user_id: "a.example", name: "Dr A" },
  { user_id: "b.example", name: "Dr B" },
];

const SAID: Record<SettingName, string> = {
  originals_days: "Keep originals for: for good → 1 day",
  reveal_reasons:
    "Reasons to read an original, of which one must be given: “Treatment” → “Treatment”, “Call back”",
  privacy_officer: "Privacy officer: Dr A → nobody",
  second_factor:
    "Who needs an authenticator to sign in by password: clinicians and supervisors at once → nobody",
  last_resort: "Last resort: the supervisors of the territory → Dr B",
  acknowledge_within_minutes:
    "How soon alerts are to be acknowledged: patient alerts within 30 minutes → order updates within a minute, patient alerts within 30 minutes",
  grouping:
    "What comes in digests: none → order updates beyond 5 a minute in digests every 15 minutes by ward",
  channels: "Channels of plugins by which its people are told: none → pager",
  takeover_seconds: "Next channel of a critical alert after: 15 s → 0 s",
  "redaction.kinds": "Kinds of identifier that are redacted: all → name, medical record number",
  "redaction.facilities": "Redact names of hospitals, clinics and practices: yes → no",
  "redaction.patterns":
    "Identifiers of its own, as regular expressions with bounded repeats: “ZX-[0-9]{4}” as medical record number → none",
  "redaction.hidden":
    "Always redacted: wards, buildings, initials of staff: none → “Purple Wing” as facility",
  "redaction.kept": "Never redacted: “Lantern” → “Lantern”, “Mallet”",
};

test("says what each setting is called, was and would be", () => {
  expect(settingLines(CHANGES, PEOPLE)).toEqual(
    Object.keys(CHANGES).map((name) => SAID[name as SettingName]),
  );
});

test("leaves out no setting that it does not know", () => {
  const changes = { later: { from: null, to: { minutes: 3 } } };
  expect(settingLines(changes as SettingChanges, [])).toEqual(['later: null → {"minutes":3}']);
});
