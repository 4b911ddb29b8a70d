import { expect, test } from "vitest";
import type { Territory } from "../api/admin.ts";
import type { TerritoryDraft } from "./territory.ts";
import { choosable, settingsWords, toChange, toDraft } from "./territory.ts";

const territory: Territory = {
  territory_id: "t",
  name: "North",
  settings: { originals_days: 30, redaction: { kinds: ["name"], facilities: false } },
  people: [],
  created_at: "2026-05-04T10:00:00.000Z",
  archived_at: null,
  pending_changes: [],
};

test("keeps what the form doesn't show, and takes back what was emptied", () => {
  const draft = toDraft(territory);
  const unset = {
    takeover_seconds: null,
    channels: null,
    last_resort: null,
    reveal_reasons: null,
    second_factor: null,
    privacy_officer: null,
    acknowledge_within_minutes: null,
    grouping: null,
  };
  expect(toChange(territory, draft).settings).toEqual({
    ...unset,
    originals_days: 30,
    redaction: { kinds: ["name"], facilities: false },
  });
  const emptied = {
    ...draft,
    originalsDays: null,
    facilities: true,
    patterns: [{ kind: "mrn" as const, source: " " }],
  };
  expect(toChange(territory, emptied).settings).toEqual({
    ...unset,
    originals_days: null,
    redaction: { kinds: ["name"] },
  });
  const plain = { ...territory, settings: {} };
  expect(toChange(plain, toDraft(plain)).settings).toEqual({
    ...unset,
    originals_days: null,
    redaction: null,
  });
});

test("lists what is always redacted and what never is, without blanks", () => {
  const hidden = [{ kind: "facility" as const, value: "Purple Wing" }];
  const listed = { ...territory, settings: { redaction: { hidden, kept: ["Lantern"] } } };
  expect(toDraft(listed)).toMatchObject({ hidden, kept: ["Lantern"] });
  const draft = { ...toDraft(listed), hidden: [{ kind: "name" as const, value: " " }], kept: ["", "Mallet"] };
  expect(toChange(listed, draft).settings?.redaction).toEqual({ kept: ["Mallet"] });
});

test("sets the plugins' channels by which its people are told unasked, and takes them back", () => {
  const told = { ...territory, settings: { channels: ["slack", "gone"] } };
  expect(choosable(["websocket", "email", "sms", "push", "pager", "slack"], told)).toEqual([
    "pager",
    "slack",
    "gone",
  ]);
  expect(toChange(told, toDraft(told)).settings?.channels).toEqual(["slack", "gone"]);
  expect(toChange(told, { ...toDraft(told), channels: [] }).settings?.channels).toBeNull();
  expect(settingsWords(told)).toContain("people are told by slack, gone unasked");
});

test("sets the last resort to a role or a person, and back to the supervisors", () => {
  const change = (to: Territory, draft: Partial<TerritoryDraft>) =>
    toChange(to, { ...toDraft(to), ...draft }).settings?.last_resort;
  const withResort = (last_resort: { role: "supervisor" } | { user_id: string }) => ({
    ...territory,
    settings: { last_resort },
  });
  expect(change(territory, { lastResort: "clinician" })).toEqual({ role: "clinician" });
  expect(change(territory, { lastResort: "person", lastResortPerson: "a.example" })).toEqual({
    user_id: "a.example",
  });
  expect(change(withResort({ user_id: "a.example" }), {})).toEqual({ user_id: "a.example" });
  expect(change(withResort({ user_id: "a.example" }), { lastResort: "supervisor" })).toEqual({
    role: "supervisor",
  });
  expect(change(withResort({ role: "supervisor" }), {})).toEqual({ role: "supervisor" });
});

test("sets the reasons to read an original, each once, and takes them back", () => {
  const asked = { ...territory, settings: { reveal_reasons: ["Treatment", "Call back"] } };
  const change = (reasons: string[]) =>
    toChange(asked, { ...toDraft(asked), reasons: reasons.map((text) => ({ text })) }).settings
      ?.reveal_reasons;
  expect(toChange(asked, toDraft(asked)).settings?.reveal_reasons).toEqual(["Treatment", "Call back"]);
  expect(change([" Billing ", "", "Billing", "Treatment"])).toEqual(["Billing", "Treatment"]);
  expect(change([" "])).toBeNull();
  expect(settingsWords(asked)).toBe("Originals are kept; read for “Treatment”, “Call back”");
});

test("sets who needs a second factor, and takes it back", () => {
  const asked = {
    ...territory,
    settings: { second_factor: { roles: ["supervisor" as const], grace_days: 14 } },
  };
  expect(toChange(asked, toDraft(asked)).settings?.second_factor).toEqual({
    roles: ["supervisor"],
    grace_days: 14,
  });
  expect(toChange(asked, { ...toDraft(asked), factorRoles: [] }).settings?.second_factor).toBeNull();
  expect(settingsWords(asked)).toBe("Originals are kept; an authenticator for supervisors after 14 days");
});

test("names a privacy officer, and takes them back", () => {
  const named = { ...territory, settings: { privacy_officer: "a.example" } };
  expect(toChange(named, toDraft(named)).settings?.privacy_officer).toBe("a.example");
  expect(toChange(named, { ...toDraft(named), privacyOfficer: " " }).settings?.privacy_officer).toBeNull();
});

test("puts the settings into words", () => {
  expect(settingsWords(territory)).toBe(
    "Originals are kept for 30 days; facilities are not redacted; 1 kind is redacted",
  );
  const settings = { takeover_seconds: 60, last_resort: { role: "clinician" as const } };
  expect(settingsWords({ ...territory, settings })).toBe(
    "Originals are kept; the next channel of a critical alert after 60 s; last resort: the clinicians of the territory",
  );
  const resort = { takeover_seconds: 0, last_resort: { user_id: "a.example" } };
  const people = [{ user_id: "a.example", name: "Dr Example" }];
  expect(settingsWords({ ...territory, people, settings: resort })).toBe(
    "Originals are kept; critical alerts go by all channels at once; last resort: Dr Example",
  );
  const patterns = [{ kind: "mrn" as const, source: "ZX" }];
  expect(settingsWords({ ...territory, settings: { redaction: { patterns } } })).toBe(
    "Originals are kept; 1 pattern of its own",
  );
});

test("groups what has a bound or a window, and nothing else", () => {
  const order_update = { throttle: 5, digest: { window: 15, by: "ward" } };
  const grouped = { ...territory, settings: { grouping: { order_update } } };
  const draft = toDraft(grouped);
  expect(toChange(grouped, draft).settings?.grouping).toEqual({ order_update });
  expect(settingsWords(grouped)).toContain(
    "order updates beyond 5 a minute in digests every 15 minutes by ward",
  );
  const emptied = draft.grouping.map((one) => ({ ...one, throttle: null, window: null }));
  expect(toChange(grouped, { ...draft, grouping: emptied }).settings?.grouping).toBeNull();
});

test("has a target for each category that is given one, says it, and takes it back", () => {
  const acknowledge_within_minutes = { patient_alert: 30 };
  const aimed = { ...territory, settings: { acknowledge_within_minutes } };
  const draft = toDraft(aimed);
  expect(toChange(aimed, draft).settings?.acknowledge_within_minutes).toEqual(acknowledge_within_minutes);
  expect(settingsWords(aimed)).toContain("patient alerts within 30 minutes acknowledged");
  const emptied = draft.targets.map((one) => ({ ...one, minutes: null }));
  expect(toChange(aimed, { ...draft, targets: emptied }).settings?.acknowledge_within_minutes).toBeNull();
});
