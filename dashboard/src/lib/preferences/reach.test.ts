import { expect, test } from "vitest";
import { reachWords } from "./reach.ts";

test.each([
  [
    ["websocket", "email", "sms"],
    ["sms"],
    "They reach you by: an open page of Tocsin, Email. Add an address for SMS below.",
  ],
  [["websocket", "email"], [], "They reach you by: an open page of Tocsin, Email."],
  [
    ["websocket", "email", "sms"],
    ["email", "sms"],
    "They reach you by: an open page of Tocsin. While no page is open, nothing tells you. Add an address for Email and SMS below.",
  ],
  [
    ["email"],
    ["email"],
    "None reaches you yet. While no page is open, nothing tells you. Add an address for Email below.",
  ],
])("says by what critical alerts reach a person: %j without %j", (channels, unreachable, words) => {
  expect(reachWords(channels, new Set(unreachable))).toBe(words);
});

test("asks for a device where the way is Push", () => {
  expect(reachWords(["websocket", "push"], new Set(["push"]))).toMatch(/Add a device for Push below\.$/);
  expect(reachWords(["websocket", "sms", "push"], new Set(["sms", "push"]))).toMatch(
    /Add an address for SMS, or a device for Push below\.$/,
  );
});
