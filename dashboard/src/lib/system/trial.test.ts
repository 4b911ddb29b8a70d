import { expect, test } from "vitest";
import { busStep, type Step, STEPS, trialWords, workerStep } from "./trial.ts";

const trial = (bus: "up" | "down" | "not_configured", temporal: "up" | "down") => ({
  notification_id: "n",
  bus: { state: bus, ms: bus === "up" ? 2 : null },
  temporal: { state: temporal, ms: null },
});
const steps = (states: Partial<Record<Step["name"], Step["state"]>>): Step[] =>
  STEPS.map((name) => ({ name, state: states[name] ?? "good", ms: 1, text: null }));

test("says what the bus answered, and that one node needs none", () => {
  expect(busStep(trial("up", "up"))).toEqual({ state: "good", ms: 2, text: null });
  expect(busStep(trial("down", "up"))).toMatchObject({
    state: "bad",
    text: expect.stringContaining("Redis"),
  });
  expect(busStep(trial("not_configured", "up"))).toMatchObject({ state: "good", ms: null });
});

test("says that a test came in without Temporal", () => {
  expect(workerStep(trial("up", "up"), 5)).toEqual({ state: "good", ms: 5, text: null });
  expect(workerStep(trial("up", "down"), 5)).toMatchObject({ state: "warn", ms: 5 });
});

test("names what does not work", () => {
  expect(trialWords(steps({}))).toBe("The test arrived and came back.");
  expect(trialWords(steps({ worker: "warn" }))).toBe("The test arrived, with one thing to see to.");
  expect(trialWords(steps({ bus: "bad", worker: "warn" }))).toBe("Not working: The bus between the nodes.");
});
