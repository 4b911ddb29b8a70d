import { expect, test } from "vitest";
import { shownAs } from "./shown.ts";
import type { Push } from "./shown.ts";

const push = (fields: Partial<Push>): Push => ({
  ...{ notification_id: "n1", category: "patient_alert", priority: "high", urgency: "high" },
  ...fields,
});

test("stays until somebody looks where it is told as critical, and is called critical by its own priority alone", () => {
  const shown = (fields: Partial<Push>) => {
    const { title, options } = shownAs(push(fields));
    return [title, options.requireInteraction];
  };
  expect(shown({})).toEqual(["New notification", false]);
  expect(shown({ urgency: "critical" })).toEqual(["New notification", true]);
  expect(shown({ priority: "critical", urgency: "critical" })).toEqual(["Critical alert", true]);
  expect(shown({ priority: "critical", urgency: "critical", over: true })).toEqual([
    "Nothing left to do",
    false,
  ]);
});
