import { expect, test } from "vitest";
import { channelParts, serviceParts } from "./parts.ts";

test("puts states into words and leaves out what is none", () => {
  const parts = serviceParts({
    postgres: { state: "down", detail: "It does not answer." },
    version: "1",
    note: null,
  });
  expect(parts).toEqual([
    {
      name: "PostgreSQL (keeps every notification)",
      tone: "bad",
      words: "Not working",
      detail: "It does not answer.",
      checkedAt: null,
    },
  ]);
});

test("shows a state it doesn't know as it is, and never as fine", () => {
  const [part] = channelParts([{ name: "fax", state: "paper_jam", detail: null, checked_at: null }]);
  expect(part).toMatchObject({ name: "fax", tone: "warn", words: "paper jam" });
});

test("says that a service comes and goes, alike while it answers and while it doesn't", () => {
  const detail = "It went away 3 times within the last minute.";
  const parts = serviceParts({
    temporal: { state: "up", detail, unsteady: true },
    redis: { state: "down", detail, unsteady: true },
  });
  expect(parts.map(({ tone, words }) => [tone, words])).toEqual([
    ["warn", "Comes and goes"],
    ["warn", "Comes and goes"],
  ]);
});
