import { expect, test } from "vitest";
import type { Webhook } from "../api/webhooks.ts";
import { codeWords, EVENT_OPTIONS, pingWords, stateOf, typesWords } from "./words.ts";

const WEBHOOK: Webhook = {
  webhook_id: "w",
  service_id: "s",
  url: "https://lab.west.example/tocsin",
  types: [],
  state: "live",
  failing_since: null,
  disabled_at: null,
  disabled_reason: null,
  created_at: "2026-05-04T10:00:00.000Z",
  secrets: [],
};

test("says how a webhook is, and why it is off", () => {
  expect(stateOf(WEBHOOK)).toEqual({ words: "Live", tone: "good", why: null });
  expect(stateOf({ ...WEBHOOK, state: "disabled", disabled_reason: "gone" })).toEqual({
    words: "Switched off",
    tone: "bad",
    why: "It answered that it is gone (410).",
  });
});

test("names the events in the order of their way, and all of them by one word", () => {
  expect(typesWords(["notification.failed", "notification.seen"])).toBe("Seen, A channel failed");
  expect(typesWords(EVENT_OPTIONS.map(({ value }) => value))).toBe("Everything");
});

test("says why a call failed, in words also for codes that are new", () => {
  expect(["http_503", "timeout", "certificate_expired", null].map(codeWords)).toEqual([
    "answered 503",
    "no answer within 15 seconds",
    "certificate expired",
    "",
  ]);
  expect(pingWords({ delivered: true, code: null, ms: 84 })).toBe("It answered after 84 ms.");
  expect(pingWords({ delivered: false, code: "http_410", ms: 3 })).toBe("It failed: answered 410.");
});
