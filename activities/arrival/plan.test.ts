import { describe, expect, it } from "vitest";
import type { Category } from "../../channels/contract.ts";
import { Preferences } from "../../store/people/preferences.ts";
import { planArrival, type PlanInput, planDeliveries, wants } from "./plan.ts";

const plan = (change: Partial<PlanInput> = {}) =>
  planDeliveries({
    category: "order_update",
    priority: "normal",
    asked: null,
    available: ["websocket", "email", "sms"],
    preferences: Preferences.parse({}),
    addresses: new Set(["email", "sms"]),
    now: new Date("2026-01-10T03:00:00Z"),
    ...change,
  });

const NIGHT = { quiet_hours: { start: "22:00", end: "07:00" } };

describe("planDeliveries", () => {
  it("takes every channel there is, in order", () => {
    expect(plan().map(({ channel, skip }) => [channel, skip])).toEqual([
      ["websocket", null],
      ["email", null],
      ["sms", null],
    ]);
  });

  it("keeps the order that was asked for, each channel once", () => {
    expect(plan({ asked: ["sms", "websocket", "sms"] }).map(({ channel }) => channel)).toEqual([
      "sms",
      "websocket",
    ]);
  });

  it("uses a channel from the priority on that its sender or the person set, and for what is critical in any case", () => {
    const preferences = Preferences.parse({ from: { email: "critical" } });
    const terms = { sms: { from: "high" as const } };
    const skips = (priority: PlanInput["priority"]) =>
      plan({ priority, preferences, terms }).map(({ skip }) => skip);
    expect(skips("normal")).toEqual([null, "below_priority", "below_priority"]);
    expect(skips("high")).toEqual([null, "below_priority", null]);
    expect(skips("critical")).toEqual([null, null, null]);
  });

  it("begins a channel with the one before it where its sender asks for that, or else the person", () => {
    const preferences = Preferences.parse({ parallel: ["email", "sms"] });
    const planned = plan({ preferences, terms: { email: { parallel: false } } });
    expect(planned.map(({ parallel }) => parallel)).toEqual([undefined, undefined, true]);
    expect(plan({ terms: { email: { parallel: true } } })[1]?.parallel).toBe(true);
  });

  it("says why a channel is not tried", () => {
    const preferences = Preferences.parse({ wanted: { all: { websocket: false } } });
    const skips = plan({ asked: ["websocket", "email", "pager"], addresses: new Set(), preferences });
    expect(skips.map(({ skip }) => skip)).toEqual(["preference", "no_address", "not_configured"]);
  });

  it("holds outside channels through quiet hours, never the live one", () => {
    const held = plan({ preferences: Preferences.parse(NIGHT) });
    expect(held.map(({ holdUntil }) => holdUntil?.toISOString() ?? null)).toEqual([
      null,
      "2026-01-10T07:00:00.000Z",
      "2026-01-10T07:00:00.000Z",
    ]);
  });

  it("judges quiet hours by the time at which PostgreSQL answered the wishes, and says by which wishes it holds", () => {
    const person = { userId: "north-1", preferences: NIGHT, channels: ["email"] };
    const wanted = {
      category: "order_update",
      priority: "normal",
      channels: ["websocket", "email"],
    } as const;
    const at = (now: string) =>
      planArrival("1", { ...person, now }, { ...wanted, channels: [...wanted.channels] }, [
        "websocket",
        "email",
      ]);
    expect(at("2026-01-10T03:00:00.123456+00:00").deliveries).toMatchObject([
      { channel: "websocket", holdUntil: null },
      { channel: "email", holdUntil: new Date("2026-01-10T07:00:00Z"), heldBy: NIGHT },
    ]);
    expect(at("2026-01-10T08:00:00+00:00").deliveries[1]).toMatchObject({ holdUntil: null });
  });

  it("passes over wishes for a critical notification and says so, but does not pass over a missing address", () => {
    const preferences = Preferences.parse({ ...NIGHT, wanted: { all: { sms: false } } });
    expect(plan({ priority: "critical", preferences, addresses: new Set(["sms"]) })).toEqual([
      { channel: "websocket", skip: null, holdUntil: null, overridden: null },
      { channel: "email", skip: "no_address", holdUntil: null, overridden: null },
      { channel: "sms", skip: null, holdUntil: null, overridden: "preference" },
    ]);
    expect(plan({ priority: "critical", asked: ["email"], preferences })[0]).toMatchObject({
      overridden: "quiet_hours",
    });
  });
});

describe("wants", () => {
  const preferences = Preferences.parse({
    wanted: { all: { all: false, email: true }, patient_alert: { all: true, email: false } },
  });
  it.each<[Category, string, boolean, string]>([
    ["patient_alert", "email", false, "category and channel"],
    ["patient_alert", "sms", true, "category"],
    ["order_update", "email", true, "channel"],
    ["order_update", "sms", false, "everything"],
  ])("%s by %s: %s, by the wish on %s", (category, channel, wanted) => {
    expect(wants(preferences, category, channel, [])).toBe(wanted);
  });
  it("says yes where the person said nothing", () => {
    expect(wants(Preferences.parse({}), "order_update", "sms", [])).toBe(true);
  });
  it.each<[string, object, string[], boolean]>([
    ["nobody asked", {}, [], false],
    ["the person asked for it", { all: { fax: true } }, [], true],
    ["the person asked for every channel", { order_update: { all: true } }, [], true],
    ["the territory asked for another one", {}, ["pager"], false],
    ["the territory asked for it", {}, ["fax"], true],
    ["the territory asked for it and the person declined", { all: { fax: false } }, ["fax"], false],
  ])("of a channel by which people are not told unasked, where %s", (_what, wanted, asked, answer) => {
    expect(wants(Preferences.parse({ wanted }), "order_update", "fax", asked)).toBe(answer);
  });
  it("of what is critical, it comes by such a channel all the same", () => {
    const asked = { asked: ["fax"], available: ["fax"], addresses: new Set(["fax"]) };
    expect(plan(asked)[0]).toMatchObject({ skip: "preference" });
    expect(plan({ ...asked, priority: "critical" })[0]).toMatchObject({
      skip: null,
      overridden: "preference",
    });
    expect(plan({ ...asked, territoryAsks: ["fax"] })[0]).toMatchObject({ skip: null, overridden: null });
  });
});
