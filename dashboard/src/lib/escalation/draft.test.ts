import { expect, test } from "vitest";
import type { Policy } from "../api/policies.ts";
import { newDraft, newStep, stepFault, toDraft, toPolicy } from "./draft.ts";
import { move } from "../order.ts";
import { Problem } from "../api/problem.ts";
import { endWords, stepWords, troubleWords } from "./words.ts";

const policy: Policy = {
  policy_id: "p",
  territory_id: "t",
  name: "Night",
  is_default: true,
  created_at: "2026-05-04T10:00:00.000Z",
  rules: {
    steps: [
      { after_seconds: 90, to: { recipient: true }, channels: ["sms"] },
      { after_seconds: 7_200, to: { user_id: "u1" } },
      { after_seconds: 600, to: { role: "supervisor" } },
      { after_seconds: 60, to: { role: "nephrology-on-call" } },
      { after_seconds: 60, to: { topic: "rapid-response" } },
    ],
    repeat: 2,
    acknowledgers: 1,
  },
  targets: [null, "Dr. Rosa Quill", null, "Nephrology on call", "Rapid response"],
};

test("brings a policy into the form and back unchanged", () => {
  const { policy_id: _id, created_at: _at, targets: _targets, ...rest } = policy;
  expect(toPolicy(toDraft(policy))).toEqual(rest);
  expect(toDraft(policy).steps.map(({ after, unit }) => [after, unit])).toEqual([
    [90, "seconds"],
    [2, "hours"],
    [10, "minutes"],
    [1, "minutes"],
    [1, "minutes"],
  ]);
});

test("begins with the supervisors after ten minutes", () => {
  expect(toPolicy(newDraft("t")).rules).toEqual({
    steps: [{ after_seconds: 600, to: { role: "supervisor" } }],
    repeat: 0,
    acknowledgers: 1,
  });
});

test("finds what is wrong with a step", () => {
  expect(stepFault(newStep())).toBeNull();
  expect(stepFault({ ...newStep(), after: null })?.field).toBe("after");
  expect(stepFault({ ...newStep(), after: 8, unit: "days" })?.field).toBe("after");
  expect(stepFault({ ...newStep(), target: "person" })?.field).toBe("person");
  expect(stepFault({ ...newStep(), target: "on_call" })?.field).toBe("role");
  expect(stepFault({ ...newStep(), target: "topic" })?.field).toBe("topic");
});

test("takes every channel for a choice of its own, and these channels for none without one", () => {
  const [by, all] = toDraft(policy).steps;
  expect([by?.every, by?.channels, all?.every, all?.channels]).toEqual([false, ["sms"], true, []]);
  expect(stepFault({ ...newStep(), every: false })?.field).toBe("channels");
  const kept = { ...newStep(), every: true, channels: ["sms"] };
  expect(toPolicy({ ...newDraft("t"), steps: [kept] }).rules.steps[0]).not.toHaveProperty("channels");
  const chosen = { ...kept, every: false };
  expect(toPolicy({ ...newDraft("t"), steps: [chosen] }).rules.steps[0]?.channels).toEqual(["sms"]);
});

test("moves a step", () => {
  expect(move(["a", "b", "c"], 0, 1)).toEqual(["b", "a", "c"]);
  expect(move(["a", "b", "c"], 2, -1)).toEqual(["a", "c", "b"]);
});

test("says what happens when", () => {
  const [first, second, , last, team] = policy.rules.steps;
  expect(first && stepWords(first, true)).toBe(
    "1 minute 30 seconds after sending: tell the recipient again by SMS",
  );
  expect(second && stepWords(second, false)).toBe("2 hours later: tell u1 by every channel");
  expect(last && stepWords(last, false)).toBe(
    "1 minute later: tell whoever has nephrology-on-call by every channel",
  );
  expect(team && stepWords(team, false)).toBe(
    "1 minute later: tell the topic rapid-response by every channel",
  );
  expect(second && stepWords(second, false, "Ann Example")).toBe(
    "2 hours later: tell Ann Example by every channel",
  );
  expect(team && stepWords(team, false, "Rapid response")).toBe(
    "1 minute later: tell the topic Rapid response by every channel",
  );
  expect(endWords(policy.rules)).toBe("All of it 2 times more, until somebody acknowledges.");
  expect(endWords({ ...policy.rules, repeat: 0, acknowledgers: 2 })).toBe(
    "It stops once 2 people have acknowledged.",
  );
});

test("names the step at fault", () => {
  const faults = [
    { path: "/rules/steps/1/to/user_id", message: "is not a person of that territory" },
    { path: "/rules/steps/3/to/role", message: "is not an on-call role of that territory" },
    { path: "/name", message: "must not be blank" },
  ];
  expect(troubleWords(new Problem(422, "about:blank", "See errors.", null, faults))).toBe(
    "Step 2: there is no such person in this territory. Step 4: there is no such on-call role in this territory. Name must not be blank.",
  );
});
