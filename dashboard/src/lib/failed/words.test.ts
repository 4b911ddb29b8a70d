import { expect, test } from "vitest";
import { causeWords, outcomeWords, workWords } from "./words.ts";

test("says what became of each, and why not", () => {
  expect(outcomeWords(["redriven"])).toBe("1 is done again.");
  expect(outcomeWords(["redriven", "got", "redriven", "over", "got"])).toBe(
    "2 are done again. 2 are not: its person has it by another way. 1 is not: it is over.",
  );
  expect(outcomeWords(["not_found"])).toBe("1 is not: mended meanwhile.");
});

test("names a delivery by its channel, and tells its cause as elsewhere", () => {
  expect(workWords({ kind: "delivery", channel: "email" })).toBe("Delivery by Email");
  expect(workWords({ kind: "expire", channel: null })).toBe("Ending what has expired");
  expect(causeWords({ kind: "delivery", code: "auth_failed", cause: "x" })).toBe(
    "The provider did not accept this site's credentials.",
  );
  expect(causeWords({ kind: "expire", code: "P0001", cause: "It could not be ended." })).toBe(
    "It could not be ended.",
  );
});
