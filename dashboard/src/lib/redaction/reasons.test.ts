import { expect, it } from "vitest";
import { accounts } from "./reasons.ts";

it("tells of each word what spoke for it and against it", () => {
  const why = [
    {
      start: 4,
      end: 9,
      label: "name" as const,
      reasons: [
        { signal: "the word before", weight: 7.25 },
        { signal: "its length", weight: -1.5 },
      ],
    },
  ];
  expect(accounts("Mrs Vance is here", why)).toEqual([
    { word: "Vance", signals: ["the word before (for, 7.25)", "its length (against, 1.5)"] },
  ]);
});
