import { expect, it } from "vitest";
import { visible, visibleLines } from "./visible.ts";

it("writes what could steer a terminal as its code, and leaves every other letter", () => {
  expect(visible("a\r\u001b[2K\u009b8m\u202eb\u2028\n“Zoë” 𝒳")).toBe(
    "a\\u{d}\\u{1b}[2K\\u{9b}8m\\u{202e}b\\u{2028}\\u{a}“Zoë” 𝒳",
  );
  expect(visibleLines("a\nb\u001bc")).toBe("a\nb\\u{1b}c");
});
