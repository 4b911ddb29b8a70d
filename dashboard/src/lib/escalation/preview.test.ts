import { expect, test } from "vitest";
import type { EscalationStep, StepReach } from "../api/policies.ts";
import { storyOf } from "./preview.ts";

const some = (...names: string[]): StepReach["unreached"] => ({
  count: names.length,
  people: names.map((name) => ({ user_id: name.toLowerCase(), name })),
});
const reach = (name: string | null, told: string[] | null, unreached: string[] = []): StepReach => ({
  name,
  told: told && some(...told),
  unreached: some(...unreached),
});
const at = { after_seconds: 60 };

test("tells what happens when, and to whom by name and number", () => {
  const steps: EscalationStep[] = [
    { after_seconds: 300, to: { recipient: true }, channels: ["sms"] },
    { after_seconds: 600, to: { role: "supervisor" } },
    { after_seconds: 90, to: { role: "nephrology" } },
    { after_seconds: 30, to: { user_id: "b" }, channels: ["sms", "email"] },
    { after_seconds: 60, to: { topic: "rapid" } },
    { after_seconds: 60, to: { topic: "gone" } },
  ];
  const found = [
    reach(null, null),
    reach(null, ["B", "C", "D", "E", "F"]),
    reach("Nephrology", ["A"]),
    reach("B", ["B"]),
    reach("Rapid response", ["A", "C"]),
  ];
  expect(storyOf({ steps, repeat: 0 }, found, "en-GB").map((one) => `${one.at} ${one.words}`)).toEqual([
    "14:00 sent",
    "14:05 the recipient again, by SMS",
    "14:15 the supervisors (B, C, D and 2 more)",
    "14:16:30 whoever is on call: Nephrology (A)",
    "14:17 B, by SMS and Email",
    "14:18 the topic Rapid response (A, C)",
    "14:19 a topic",
    "then the last resort, again and again",
  ]);
});

test("says until when the repeats take, and on which day", () => {
  const steps: EscalationStep[] = [{ after_seconds: 36_000, to: { role: "clinician" } }];
  const story = storyOf({ steps, repeat: 3 }, [reach(null, ["A"])], "en-GB");
  expect(story.slice(1).map((one) => `${one.at} ${one.words}`)).toEqual([
    "next day 00:00 the clinicians (A)",
    "2 days later 06:00 all of it 3 times more by then",
    "then the last resort, again and again",
  ]);
});

test("warns of everybody whom a step would not reach now, and not where that is not known", () => {
  const cases: [EscalationStep, StepReach | null, string | null][] = [
    [{ ...at, to: { recipient: true } }, reach(null, null), null],
    [{ ...at, to: { role: "supervisor" } }, reach(null, ["B"]), null],
    [{ ...at, to: { role: "supervisor" } }, reach(null, []), "The territory has no active supervisor now."],
    [{ ...at, to: { role: "night" } }, reach("Night", []), "Nobody has Night now."],
    [{ ...at, to: { role: "gone" } }, reach(null, []), "Nobody has gone now."],
    [{ ...at, to: { topic: "empty" } }, reach("Empty", []), "This topic has nobody who can be told now."],
    [
      { ...at, to: { user_id: "x" }, channels: ["sms"] },
      reach("X", [], ["X"]),
      "Reaches nobody now: X (left, or no address for these channels).",
    ],
    [
      { ...at, to: { role: "clinician" } },
      reach(null, ["A"], ["X", "Y"]),
      "Does not reach: X, Y (left, or no address).",
    ],
    [{ ...at, to: { user_id: "" } }, null, null],
  ];
  const steps = cases.map(([step]) => step);
  const found = cases.map(([, one]) => one);
  expect(
    storyOf({ steps, repeat: 0 }, found, "en-GB")
      .slice(1, -1)
      .map(({ warning }) => warning),
  ).toEqual(cases.map(([, , warning]) => warning));
});
