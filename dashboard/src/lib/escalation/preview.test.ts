import { expect, test } from "vitest";
import type { EscalationStep } from "../api/policies.ts";
import { storyOf } from "./preview.ts";
import { toldNow } from "./reach.ts";
import type { Reach } from "./reach.ts";

const person = (user_id: string, roles: ("clinician" | "supervisor")[] = []) => ({
  ...{ user_id, roles },
  name: user_id.toUpperCase(),
});
const member = (user_id: string, active = true) => ({
  ...{ user_id, active, from: [] },
  name: user_id.toUpperCase(),
});
const reach: Reach = {
  people: [
    person("a", ["clinician"]),
    person("b", ["supervisor"]),
    person("c", ["supervisor"]),
    person("d", ["supervisor"]),
  ],
  onCall: [
    { role: "nephrology", name: "Nephrology", person: { user_id: "a", name: "A" } },
    { role: "night", name: "Night", person: null },
  ],
  topics: [
    {
      topic: "rapid",
      name: "Rapid response",
      roles: ["nephrology"],
      members: [member("a"), member("x", false), member("c")],
    },
    { topic: "empty", name: "Nobody's", roles: ["night"], members: [member("x", false)] },
  ],
};
const story = (steps: EscalationStep[], repeat = 0): string[] =>
  storyOf({ steps, repeat }, reach, "en-GB").map(({ at, words }) => `${at} ${words}`);
const warnings = (steps: EscalationStep[]): (string | null)[] =>
  storyOf({ steps, repeat: 0 }, reach, "en-GB")
    .slice(1, -1)
    .map(({ warning }) => warning);

test("tells what happens when, and to whom by name or number", () => {
  expect(
    story([
      { after_seconds: 300, to: { recipient: true }, channels: ["sms"] },
      { after_seconds: 600, to: { role: "supervisor" } },
      { after_seconds: 90, to: { role: "nephrology" } },
      { after_seconds: 30, to: { user_id: "b" }, channels: ["sms", "email"] },
      { after_seconds: 60, to: { topic: "rapid" } },
    ]),
  ).toEqual([
    "14:00 sent",
    "14:05 the recipient again, by SMS",
    "14:15 the supervisors (3 people)",
    "14:16:30 whoever is on call: Nephrology (A)",
    "14:17 B, by SMS and Email",
    "14:18 the topic Rapid response (2 people)",
    "then the last resort, again and again",
  ]);
});

test("says until when the repeats take, and on which day", () => {
  const steps = [{ after_seconds: 36_000, to: { role: "clinician" } }];
  expect(story(steps, 3).slice(1)).toEqual([
    "next day 00:00 the clinicians (A)",
    "2 days later 06:00 all of it 3 times more by then",
    "then the last resort, again and again",
  ]);
});

test("warns where a step would reach nobody now, and not where nobody was chosen yet", () => {
  const at = { after_seconds: 60 };
  expect(
    warnings([
      { ...at, to: { recipient: true } },
      { ...at, to: { role: "supervisor" } },
      { ...at, to: { role: "night" } },
      { ...at, to: { role: "gone" } },
      { ...at, to: { topic: "empty" } },
      { ...at, to: { user_id: "x" } },
      { ...at, to: { user_id: "" } },
    ]),
  ).toEqual([
    null,
    null,
    "Nobody has Night now.",
    "Nobody has gone now.",
    "This topic has nobody who can be told now.",
    "This person is not active in the territory now.",
    null,
  ]);
  const alone: Reach = { ...reach, people: [] };
  const [, moment] = storyOf({ steps: [{ ...at, to: { role: "supervisor" } }], repeat: 0 }, alone);
  expect(moment?.warning).toBe("The territory has no active supervisor now.");
  expect(storyOf({ steps: [{ ...at, to: { role: "night" } }], repeat: 0 }, null)[1]?.warning).toBeNull();
});

test("counts nobody of a topic twice", () => {
  expect(toldNow({ topic: "rapid" }, reach)).toEqual(["A", "C"]);
  expect(toldNow({ recipient: true }, reach)).toBeNull();
});
