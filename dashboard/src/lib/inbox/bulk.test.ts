import { expect, test } from "vitest";
import { notification } from "./fixture.ts";
import { canSelect, takesIn } from "./bulk.ts";

const critical = notification({ priority: "critical" });

test("takes nothing critical that waits into an act on several", () => {
  expect(canSelect(critical)).toBe(false);
  for (const act of ["acknowledge", "read", "dismiss"] as const) expect(takesIn(act, critical)).toBe(false);
  expect(canSelect({ ...critical, status: "acknowledged" })).toBe(true);
});

test("takes in what the act fits, and nothing that has to be read back", () => {
  const read = notification({ status: "read" });
  expect([takesIn("acknowledge", read), takesIn("read", read), takesIn("dismiss", read)]).toEqual([
    true,
    false,
    true,
  ]);
  expect(takesIn("acknowledge", notification({ read_back: true }))).toBe(false);
  expect(takesIn("dismiss", notification({ status: "dismissed" }))).toBe(false);
});
