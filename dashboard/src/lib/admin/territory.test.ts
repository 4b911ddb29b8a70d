import { expect, test } from "vitest";
import type { Territory } from "../api/admin.ts";
import { settingsWords, toChange, toDraft } from "./territory.ts";

const territory: Territory = {
  territory_id: "t",
  name: "North",
  settings: { originals_days: 30, redaction: { kinds: ["name"], facilities: false } },
  created_at: "2026-05-04T10:00:00.000Z",
  archived_at: null,
  pending_changes: [],
};

test("keeps what the form doesn't show, and takes back what was emptied", () => {
  const draft = toDraft(territory);
  expect(toChange(territory, draft).settings).toEqual({
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
    originals_days: null,
    redaction: { kinds: ["name"] },
  });
  const plain = { ...territory, settings: {} };
  expect(toChange(plain, toDraft(plain)).settings).toEqual({ originals_days: null, redaction: null });
});

test("puts the settings into words", () => {
  expect(settingsWords(territory)).toBe(
    "Originals are kept for 30 days; facilities are not redacted; 1 kind is redacted",
  );
  const patterns = [{ kind: "mrn" as const, source: "ZX" }];
  expect(settingsWords({ ...territory, settings: { redaction: { patterns } } })).toBe(
    "Originals are kept; 1 pattern of its own",
  );
});
