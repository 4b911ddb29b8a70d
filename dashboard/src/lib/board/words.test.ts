import { expect, test } from "vitest";
import type { BoardAlert, BoardStep } from "../api/board.ts";
import { exactClock } from "../time.ts";
import { bandOf, grouped, reachedWords, whomWords } from "./words.ts";

const MINUTE = 60_000;
const next: BoardStep = {
  at: "2026-02-03T09:40:00.000Z",
  number: 1,
  total: 1,
  last_resort: false,
  whom: "supervisor",
  role: null,
  people: [{ user_id: "b", name: "B. Example" }],
  count: 3,
  channels: null,
};
const alert: BoardAlert = {
  notification_id: "1",
  territory_id: "west",
  recipient: { user_id: "a", name: "A. Example" },
  broadcast: null,
  category: "patient_alert",
  priority: "critical",
  title: null,
  message: "K+ 6.8",
  state: "unreached",
  since: "2026-02-03T09:30:00.000Z",
  told: [{ user_id: "a", name: "A. Example", seen: false, acknowledged: false, declined: false }],
  told_count: 1,
  seen_count: 0,
  next,
};
const whom = (step: Partial<BoardStep>) => whomWords({ ...next, ...step }, alert);

test("an age is in one of three bands, and a clock is read at one glance", () => {
  expect([0, 5 * MINUTE - 1, 5 * MINUTE, 15 * MINUTE].map(bandOf)).toEqual(["new", "new", "late", "long"]);
  expect(exactClock(Date.parse("2026-02-03T14:02:07Z"), "en-GB", "UTC")).toBe("14:02:07");
});

test("says whom the next step tells, and loudly where it tells nobody", () => {
  expect(whom({})).toBe("the supervisors (3 people)");
  expect(whom({ count: 1 })).toBe("B. Example, the only supervisor");
  expect(whom({ whom: "recipient", count: 1, channels: ["sms", "email"] })).toBe(
    "B. Example again, by SMS and Email",
  );
  expect(whom({ whom: "on_call", role: "Cardiology", count: 1 })).toBe("B. Example (on call: Cardiology)");
  expect(whom({ whom: "on_call", role: "Cardiology", count: 0 })).toBe(
    "nobody: Cardiology has nobody on call",
  );
  expect(whom({ last_resort: true, count: 0 })).toBe("the last resort: nobody who can be told");
  expect(
    whomWords(
      { ...next, whom: "recipient", people: [], count: 7 },
      {
        broadcast: { recipients: 9, acknowledged: 2 },
      },
    ),
  ).toBe("7 who have not acknowledged");
});

test("says how far an alert got", () => {
  expect(reachedWords(alert)).toBe("Nobody has seen it");
  const seen = { user_id: "b", name: "B. Example", seen: true, acknowledged: false, declined: true };
  const told = { ...alert, told: [...alert.told, seen], told_count: 2, seen_count: 1 };
  expect(reachedWords(told)).toBe("2 were told, seen by B. Example, declined by B. Example");
  expect(reachedWords({ ...told, told_count: 20, seen_count: 12 })).toContain("seen by 12 of them");
});

test("stands in groups by unit, person or age, the oldest first", () => {
  const now = Date.parse("2026-02-03T09:41:00.000Z");
  const other = { ...alert, notification_id: "2", since: "2026-02-03T09:40:00.000Z", recipient: null };
  const units = new Map([["west", "West Hospital"]]);
  const names = (by: "unit" | "person" | "age") =>
    grouped([alert, other], by, units, now).map(({ name, alerts }) => [name, alerts.length]);
  expect(names("unit")).toEqual([["West Hospital", 2]]);
  expect(names("person")).toEqual([
    ["A. Example", 1],
    ["Everybody of a broadcast", 1],
  ]);
  expect(names("age")).toEqual([
    ["5 to 15 minutes", 1],
    ["Under 5 minutes", 1],
  ]);
});
