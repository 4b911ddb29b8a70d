import { expect, test } from "vitest";
import { arrivalWords } from "./arrivals.ts";

test("counts what waits to be shown, critical ones apart", () => {
  const [normal, critical] = [{ priority: "normal" as const }, { priority: "critical" as const }];
  expect(arrivalWords([normal])).toBe("1 new");
  expect(arrivalWords([normal, critical, normal])).toBe("3 new · 1 critical");
});
