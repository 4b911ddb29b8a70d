import { expect, test } from "vitest";
import type { View } from "./filters.ts";
import { notification } from "./fixture.ts";
import { nextPlace, orderOf } from "./places.ts";

const critical = (notification_id: string) => notification({ notification_id, priority: "critical" });
const normal = (notification_id: string) => notification({ notification_id });
const view = (urgent: string[], rest: string[]): View => ({
  urgent: urgent.map(critical),
  rest: rest.map(normal),
  snoozed: [],
});

test("goes from what is acknowledged to the next that needs it, else to the last that does", () => {
  const before = orderOf(view(["c", "b", "a"], ["n"]));
  expect(nextPlace(view(["c", "a"], ["b", "n"]), before, "b", "acknowledge")).toBe("a");
  expect(nextPlace(view(["c", "b"], ["a", "n"]), before, "a", "acknowledge")).toBe("b");
  expect(nextPlace(view([], ["n", "m"]), ["n", "m"], "n", "acknowledge")).toBe("n");
});

test("goes on at what has come to the place of what went, or after it where it stays", () => {
  const before = ["1", "2", "3"];
  expect(nextPlace(view([], ["1", "3"]), before, "2", "dismiss")).toBe("3");
  expect(nextPlace(view([], ["1", "2", "3"]), before, "2", "dismiss")).toBe("3");
  expect(nextPlace(view([], ["1", "2"]), before, "3", "dismiss")).toBe("2");
  expect(nextPlace(view([], ["1", "2", "3"]), before, "2", "read")).toBe("2");
  expect(nextPlace(view([], []), ["1"], "1", "dismiss")).toBe(undefined);
});
