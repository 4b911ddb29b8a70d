import { expect, it } from "vitest";
import { createAdmission, type Place, type Urgency } from "./admission.ts";

/** An admission whose clock the test turns. */
function stage({ persists = true } = {}) {
  let at = 0;
  const refused: Urgency[] = [];
  const admission = createAdmission({
    persists,
    onRefused: (urgency) => refused.push(urgency),
    now: () => at,
    random: () => 1,
  });
  const fill = (urgency: Urgency = "other"): Place[] => {
    const places: Place[] = [];
    for (let place = admission.enter(urgency); place !== null; place = admission.enter(urgency))
      places.push(place);
    return places;
  };
  /** Takes as much in as there is room for, and has it all persisted after so long. */
  const round = (ms: number): number => {
    const places = fill();
    places.forEach((place, n) => place.keep(`${at}-${n}`));
    const began = at;
    places.forEach((_, n) => {
      at = began + (ms * (n + 1)) / places.length;
      admission.settled(`${began}-${n}`);
    });
    return places.length;
  };
  return { admission, refused, fill, round, pass: (ms: number) => (at += ms) };
}

it("takes in as much as is worked off in time, whatever that is", () => {
  const { round } = stage();
  const settle = (perSecond: number): number => {
    let size = 0;
    for (let n = 0; n < 60; n++) size = round((1_000 * size) / perSecond || 1);
    return size;
  };
  for (const perSecond of [200, 50, 400]) {
    const size = settle(perSecond);
    expect(size).toBeGreaterThan(0.6 * 0.7 * perSecond);
    expect(size).toBeLessThan(0.6 * 1.5 * perSecond);
  }
});

it("keeps places for what is critical while the others have none left", () => {
  const { admission, fill } = stage();
  fill();
  expect(admission.enter("other")).toBeNull();
  const critical = admission.enter("critical");
  expect(critical).not.toBeNull();
  expect(critical?.change("other")).toBe(false);
});

it("gives a place back once, with its answer or when its send is settled", () => {
  const { admission, fill } = stage();
  const [first, second, third] = fill();
  first?.leave();
  first?.leave();
  expect(fill()).toHaveLength(1);
  second?.keep("a");
  second?.leave();
  expect(fill()).toHaveLength(0);
  admission.settled("a");
  admission.settled("a");
  expect(fill()).toHaveLength(1);
  expect(third?.change("critical")).toBe(true);
  expect(fill()).toHaveLength(1);
});

it("leaves a key no more than its share of a queue, and the rest to others", () => {
  const { admission, fill } = stage();
  const places = fill();
  const claimed = places.filter((place) => place.claim("a"));
  expect(claimed).toHaveLength(0.75 * places.length);
  expect(places.at(-1)?.claim("b")).toBe(true);
  const critical = fill("critical");
  for (const place of critical) place.claim("a");
  claimed[0]?.leave();
  critical[0]?.leave();
  expect(claimed[1]?.change("critical")).toBe(true);
  expect(claimed[2]?.change("critical")).toBe(false);
  expect(admission.enter("other")?.claim("a")).toBe(true);
});

it("leaves places to further keys, however few take all they can", () => {
  const { fill } = stage();
  for (const urgency of ["other", "critical"] as const) {
    const places = fill(urgency);
    const claim = (key: string): number => {
      const own = places.filter((place) => place.claim(key));
      for (const place of own) places.splice(places.indexOf(place), 1);
      return own.length;
    };
    expect(claim("a")).toBe(48);
    // What is not claimed is still anybody's.
    expect(claim("b")).toBe(12);
    expect(claim("c")).toBe(3);
    expect(places).toHaveLength(1);
  }
});

it("counts no time before the work began, in which a slow body came", () => {
  const { fill, admission, pass } = stage();
  const places = fill();
  pass(1_000);
  places.forEach((place, n) => {
    place.begin();
    place.keep(`${n}`);
    admission.settled(`${n}`);
  });
  expect(fill().length).toBeGreaterThanOrEqual(places.length);
});

it("keeps no place on a node that persists nothing itself", () => {
  const { fill } = stage({ persists: false });
  fill().forEach((place, n) => place.keep(`${n}`));
  expect(fill().length).toBeGreaterThanOrEqual(64);
});

it("tells callers to wait the longer, the longer it has to refuse, thirty seconds at most", () => {
  const { admission, refused, pass } = stage();
  expect(admission.refuse("other")).toBe(2);
  for (let n = 0; n < 10; n++) {
    pass(1_000);
    admission.refuse("other");
  }
  expect(admission.refuse("other")).toBe(12);
  for (let n = 0; n < 100; n++) {
    pass(1_000);
    expect(admission.refuse("critical")).toBe(1);
  }
  expect(admission.refuse("other")).toBe(30);
  pass(6_000);
  expect(admission.refuse("other")).toBe(2);
  expect(refused.filter((urgency) => urgency === "critical")).toHaveLength(100);
});

it("spreads the waits of those that it refuses together, so that they don't come back together", () => {
  let at = 0;
  const admission = createAdmission({ persists: true, onRefused: () => undefined, now: () => at });
  for (; at < 60_000; at += 1_000) admission.refuse("other");
  const waits = Array.from({ length: 2_000 }, () => admission.refuse("other"));
  expect(Math.min(...waits)).toBeLessThanOrEqual(3);
  expect(Math.max(...waits)).toBe(30);
  // Of 29 seconds none has many more than its share.
  const mostAtOnce = Math.max(...[...Map.groupBy(waits, (wait) => wait).values()].map((same) => same.length));
  expect(mostAtOnce).toBeLessThan(200);
});
