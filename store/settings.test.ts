import { describe, expect, it } from "vitest";
import {
  ALWAYS_REDACTED,
  isGuarded,
  settingChanges,
  SettingsChange,
  StoredSettings,
  TerritorySettings,
} from "./settings.ts";

describe("a territory's settings", () => {
  it.each(ALWAYS_REDACTED)("can't leave out %s", (kind) => {
    const kinds = [...ALWAYS_REDACTED.filter((one) => one !== kind), "url"];
    const refused = TerritorySettings.safeParse({ redaction: { kinds } });
    expect(refused.error?.issues).toMatchObject([
      {
        path: ["redaction", "kinds"],
        message: "must include name, ssn, mrn, date, phone, email: these are redacted everywhere",
      },
    ]);
    expect(TerritorySettings.safeParse({ redaction: { kinds: [...kinds, kind] } }).success).toBe(true);
  });

  it.each([
    [-1, false],
    [0, true],
    [300, true],
    [301, false],
    [1.5, false],
  ])(
    "let the next channel of what is critical wait for 0 to 300 whole seconds: %d",
    (takeover_seconds, isTaken) => {
      expect(TerritorySettings.safeParse({ takeover_seconds }).success).toBe(isTaken);
      expect(SettingsChange.safeParse({ takeover_seconds }).success).toBe(isTaken);
    },
  );

  it("are read without compiling their patterns, which were judged where they were set", () => {
    const patterns = [{ kind: "other_id", source: "(a+)+b" }];
    expect(StoredSettings.parse({ redaction: { patterns } })).toEqual({ redaction: { patterns } });
  });

  it("ask for reasons that are seen, where they are set anew", () => {
    for (const reason of ["\u200b", "\u2800", "\u3164", "Treatment\u200b", "\u202eTreatment"]) {
      expect(SettingsChange.safeParse({ reveal_reasons: [reason] }).success, reason).toBe(false);
      expect(StoredSettings.safeParse({ reveal_reasons: [reason] }).success).toBe(true);
    }
    for (const reveal_reasons of [["Treatment", "उपचार"], null, undefined])
      expect(SettingsChange.safeParse({ reveal_reasons }).success).toBe(true);
  });

  it("count, where they are older, as if they named every kind that is redacted everywhere", () => {
    const stored = { redaction: { kinds: ["url", "name"], facilities: false }, originals_days: 30 };
    expect(StoredSettings.parse(stored)).toEqual({
      redaction: { kinds: ["url", "name", "ssn", "mrn", "date", "phone", "email"], facilities: false },
      originals_days: 30,
    });
    for (const whole of [{}, { redaction: {} }, { redaction: { facilities: true } }, { originals_days: 1 }])
      expect(StoredSettings.parse(whole)).toEqual(whole);
    expect(() => StoredSettings.parse({ redaction: { kinds: ["nonsense"] } })).toThrow();
  });

  it("wait for a second admin where something more is kept or something less hidden", () => {
    const list = (kept: string[], hidden: string[]): TerritorySettings => ({
      redaction: { kept, hidden: hidden.map((value) => ({ kind: "facility", value })) },
    });
    expect(isGuarded(list([], []), list(["Mallet"], []))).toBe(true);
    expect(isGuarded(list([], ["Purple Wing"]), list([], []))).toBe(true);
    expect(isGuarded(list(["Mallet"], []), list([], ["Purple Wing"]))).toBe(false);
  });

  it("wait for a second admin where no reason is asked any more, another one would do, or somebody else is told of emergencies", () => {
    const reasons = { reveal_reasons: ["Treatment"] };
    expect(isGuarded(reasons, {})).toBe(true);
    expect(isGuarded({}, reasons)).toBe(false);
    for (const reveal_reasons of [["Treatment", "-"], ["-"]])
      expect(isGuarded(reasons, { reveal_reasons })).toBe(true);
    expect(isGuarded({ reveal_reasons: ["Treatment", "Call back"] }, reasons)).toBe(false);
    const officer = { privacy_officer: "a.example" };
    expect(isGuarded(officer, {})).toBe(true);
    expect(isGuarded(officer, { privacy_officer: "b.example" })).toBe(true);
    // A first one too: whoever is named to be told in the overseers' place may be somebody who never looks.
    expect(isGuarded({}, officer)).toBe(true);
  });

  it("wait for a second admin where what nobody answers would go to somebody else", () => {
    const to = (user_id: string): TerritorySettings => ({ last_resort: { user_id } });
    expect(isGuarded({}, to("a.example"))).toBe(true);
    expect(isGuarded(to("a.example"), to("b.example"))).toBe(true);
    expect(isGuarded(to("a.example"), {})).toBe(true);
    expect(isGuarded(to("a.example"), to("a.example"))).toBe(false);
  });

  it("tell the old and the new value of each that changes", () => {
    const before = { redaction: { facilities: false, patterns: [] }, originals_days: 30 };
    expect(settingChanges(before, { redaction: { patterns: [] }, originals_days: 365 })).toEqual({
      "redaction.facilities": { from: false, to: null },
      originals_days: { from: 30, to: 365 },
    });
    expect(settingChanges(before, before)).toEqual({});
  });
});
