import { expect, test } from "vitest";
import type { AuditSeal } from "../api/audit.ts";
import { outcomeWords, payloadWords, sealWords } from "./words.ts";

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
