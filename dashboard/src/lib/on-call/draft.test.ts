import { expect, test } from "vitest";
import { Problem } from "../api/problem.ts";
import type { Schedule } from "../api/on-call.ts";
import { newLayer, newRole, newSchedule, toDraft, toRole, toSchedule } from "./draft.ts";
import {
  codeFault,
  hoursFault,
  peopleFault,
  roleFault,
  startsFault,
  turnFault,
  zoneFault,
} from "./faults.ts";
import { troubleWords } from "./words.ts";

const layer = { name: "Weeks", people: ["a", "b", "a"], starts: "2026-01-05T08:00", hours: [] };
const schedule: Schedule = {
  schedule_id: "s",
  territory_id: "t",
  name: "Nephrology",
  zone: "America/New_York",
  layers: [
    {
      ...layer,
      rule: "FREQ=WEEKLY;INTERVAL=2",
      hours: [{ days: ["MO", "SU"], from: "17:00", to: "08:00" }],
    },
    { ...layer, rule: "FREQ=WEEKLY;BYDAY=MO,TH" },
    { ...layer, rule: "FREQ=HOURLY;INTERVAL=12" },
    { ...layer, rule: "FREQ=DAILY" },
  ],
  fallback: { role: "duty-manager" },
  roles: [],
  calendar: null,
  feed: false,
  created_at: "2026-01-05T08:00:00.000Z",
};

test.each([schedule.fallback, { user_id: "c" }, null])(
  "brings a schedule into the form and back unchanged, with %j for its gaps",
  (fallback) => {
    const { territory_id, name, zone, layers } = schedule;
    expect(toSchedule(toDraft({ ...schedule, fallback }))).toEqual({
      ...{ territory_id, name, zone, layers, fallback },
    });
  },
);

test("offers turns as hours, days and weeks, and a rule that says more as it is", () => {
  expect(toDraft(schedule).layers.map(({ every, unit, rule }) => [every, unit, rule])).toEqual([
    [2, "weeks", ""],
    [1, "rule", "FREQ=WEEKLY;BYDAY=MO,TH"],
    [12, "hours", ""],
    [1, "days", ""],
  ]);
});

test("begins with a layer of weeks that hands over on Monday morning", () => {
  expect(toSchedule(newSchedule("t", "Europe/London", "2026-01-05"))).toMatchObject({
    layers: [{ starts: "2026-01-05T08:00", rule: "FREQ=WEEKLY", people: [] }],
    fallback: null,
  });
});

test("names what is wrong with a field", () => {
  const fresh = newLayer("2026-01-05", "Weeks");
  expect(peopleFault(fresh)).toMatch(/Add/);
  expect(turnFault({ ...fresh, every: 54 })).toMatch(/1 to 53/);
  expect(turnFault({ ...fresh, every: null })).toMatch(/1 to 53/);
  expect(turnFault({ ...fresh, unit: "rule" })).toMatch(/Enter a rule/);
  expect(startsFault({ ...fresh, starts: "" })).toMatch(/day and a time/);
  expect(hoursFault({ key: 1, days: [], from: "08:00", to: "17:00" })).toMatch(/Choose days/);
  expect(zoneFault(newSchedule("t", "Mars/Olympus", "2026-01-05"))).toMatch(/Europe\/London/);
  expect(roleFault({ ...newRole("s"), role: "Nephrology on call" })).toMatch(/lower-case/);
  expect(codeFault({ ...newRole("s"), system: "http://snomed.info/sct" })).toMatch(/the code, too/);
  expect([peopleFault({ ...fresh, people: ["a"] }), turnFault(fresh), startsFault(fresh)]).toEqual([
    null,
    null,
    null,
  ]);
});

test("gives a role no code unless it has one", () => {
  const draft = { ...newRole("s"), role: " nephrology-on-call ", name: "Nephrology on call" };
  expect(toRole(draft, "t")).toEqual({
    ...{ territory_id: "t", role: "nephrology-on-call", name: "Nephrology on call" },
    ...{ schedule_id: "s", code: null },
  });
  expect(toRole({ ...draft, system: "http://snomed.info/sct", code: "11911009" }, "t").code).toEqual({
    system: "http://snomed.info/sct",
    code: "11911009",
  });
});

test("says in words, by its layer, why a schedule was not saved", () => {
  const problem = (path: string, message: string) =>
    troubleWords(new Problem(422, "invalid", "", null, [{ path, message }]));
  expect(problem("/layers/1/people/0", "can't be reached")).toMatch(/^Layer 2: somebody/);
  expect(problem("/layers/0/rule", "needs FREQ")).toBe("Layer 1: the rule needs FREQ.");
  expect(problem("/fallback/user_id", "can't be reached")).toMatch(/told in a gap/);
  expect(problem("/layers", "may change hands 150 times a day at most")).toMatch(/^Layers may/);
});
