import { expect, test } from "vitest";
import type { Territory } from "../api/admin.ts";
import { daysFault, idFault, toChange, toDraft } from "./territory.ts";

const territory: Territory = {
  territory_id: "t",
  name: "North",
  settings: { originals_days: 30, redaction: { kinds: ["name"], facilities: false } },
  created_at: "2026-05-04T10:00:00.000Z",
  archived_at: null,
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
    patterns: [{ kind: "mrn", source: " " }],
  };
  expect(toChange(territory, emptied).settings).toEqual({
    originals_days: null,
    redaction: { kinds: ["name"] },
  });
  const plain = { ...territory, settings: {} };
  expect(toChange(plain, toDraft(plain)).settings).toEqual({ originals_days: null, redaction: null });
});

test("finds what is wrong", () => {
  expect([daysFault(null), daysFault(30)]).toEqual([null, null]);
  for (const days of [0, 1.5, 4_000]) expect(daysFault(days)).not.toBeNull();
  expect(idFault("north-hospital")).toBeNull();
  for (const id of ["", " a", "a\u0000b", "x".repeat(201)]) expect(idFault(id)).not.toBeNull();
});
