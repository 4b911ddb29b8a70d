import { expect, test } from "vitest";
import type { AuditSeal, Verification } from "../api/audit.ts";
import { outcomeWords, payloadWords, sealWords, verificationWords } from "./words.ts";

const seal: AuditSeal = {
  checkpoint: 12,
  sealed_at: "2026-05-04T10:00:00.000Z",
  hash: "ab",
  public_key: "cd",
  genuine: true,
  lag_seconds: 0,
};

test("says how far the record is sealed, and raises the alarm when it does not fit", () => {
  expect(sealWords(seal)).toMatchObject({ tone: "good", state: "Sealed" });
  expect(sealWords(seal).text).toContain("It holds everything");
  expect(sealWords({ ...seal, lag_seconds: 12 }).text).toContain("12 s");
  expect(sealWords({ ...seal, lag_seconds: 3_600 })).toMatchObject({
    tone: "warn",
    state: "Sealing is behind",
  });
  expect(sealWords({ ...seal, genuine: false, lag_seconds: 3_600 }).tone).toBe("bad");
  expect(sealWords({ ...seal, checkpoint: null, genuine: null }).tone).toBe("warn");
});

test("tells what belongs to an event", () => {
  expect(payloadWords({ steps: 2, is_default: true, reason: null, channels: ["email", "sms"] })).toBe(
    "steps: 2; is default: yes; channels: email, sms",
  );
  expect(payloadWords({})).toBe("");
});

test("has words for outcomes, also for one that it doesn't know", () => {
  expect(outcomeWords("denied")).toEqual({ words: "Refused", tone: "warn" });
  expect(outcomeWords("odd").words).toBe("odd");
});

const verification: Verification = {
  verification_id: "v1",
  asked_by: { user_id: "a1", name: "An Auditor" },
  asked_at: "2026-05-04T10:00:00.000Z",
  checkpoints: 12,
  checkpoints_in_all: 12,
  events: 4_711,
  finished_at: "2026-05-04T10:00:09.000Z",
  outcome: "whole",
  reason: null,
  findings: [],
  unsealed: 0,
  anchored_up_to: 12,
};

test("answers plainly whether the record is whole, and does not call it so without an anchor file", () => {
  expect(verificationWords(verification)).toEqual({
    tone: "good",
    state: "Whole",
    text: "Yes: 4,711 events in 12 checkpoints are as they were sealed, and the anchor file agrees up to checkpoint 12.",
  });
  const loose = verificationWords({ ...verification, anchored_up_to: null, unsealed: 1 });
  expect(loose.tone).toBe("warn");
  expect(loose.text).toContain("nothing shows that the end is not cut off");
  expect(loose.text).toContain("1 event of the last moments is not sealed yet.");
  const findings = [{ checkpoint: 3, what: "event 7 altered" }];
  const altered = verificationWords({ ...verification, outcome: "altered", findings });
  expect(altered).toMatchObject({ tone: "bad", state: "Altered" });
  expect(altered.text).toMatch(/^No: .* 1 difference was found/);
  expect(verificationWords({ ...verification, outcome: "unknown", reason: "no_archives" })).toMatchObject({
    tone: "warn",
    state: "Can't be told",
  });
  expect(verificationWords({ ...verification, outcome: null, finished_at: null }).state).toBe("Verifying");
});
