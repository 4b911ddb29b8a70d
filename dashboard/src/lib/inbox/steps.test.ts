import { expect, test } from "vitest";
import { whomWords } from "./steps.ts";

const NOW = Date.parse("2026-05-04T10:00:00.000Z");
const after = (seconds: number) => new Date(NOW + seconds * 1_000).toISOString();

test("names whom a step tells", () => {
  const step = {
    at: after(60),
    person: null,
    role: null,
    topic: null,
    last_resort: false,
    of_broadcast: false,
  };
  expect(whomWords({ ...step, role: "supervisor" }, "me")).toBe("supervisors");
  expect(whomWords({ ...step, role: "nephrology-on-call" }, "me")).toBe("nephrology on call");
  expect(whomWords({ ...step, topic: "code-team" }, "me")).toBe("code team");
  expect(whomWords({ ...step, person: { user_id: "a", name: "Ada" } }, "me")).toBe("Ada");
  expect(whomWords({ ...step, person: { user_id: "me", name: "Me" } }, "me")).toBe("you again");
});
