import { describe, expect, it } from "vitest";
import type { EscalationRules } from "../../store/notifications/escalation.ts";
import type { Past, PlainStep } from "../../store/transitions/past-decisions.ts";
import { changeOf, isChanged, totalsOf } from "./compare.ts";
import { differs } from "./recorded.ts";
import { type Course, simulate, type World } from "./simulate.ts";

const SENT = Date.parse("2026-03-02T10:00:00Z");
/** Some minutes after the sending. */
const at = (minutes: number): string => new Date(SENT + minutes * 60_000).toISOString();
const UNTIL = new Date(at(24 * 60));

const told = (userId: string, round: number, minutes: number): Past["told"][number] => ({
  ...{ userId, round, at: at(minutes) },
  deliveries: [{ channel: "websocket", status: "accepted", reason: null, holdUntil: null }],
});
const aPast = (more: Partial<Past> = {}): Past => ({
  ...{ id: "0195a1f0-0000-7000-8000-00000000000a", territoryId: "north", userId: "ada" },
  ...{ category: "patient_alert", priority: "critical", at: at(0), channels: null, terms: null },
  ...{ onCallRole: null, policyId: null, rules: BOSS_AFTER_10, reopened: false, raised: false },
  ...{ overAt: null, failedAt: null, told: [told("ada", 0, 0)], acts: [], reached: {}, covers: {} },
  ...more,
});

const BOSS = { role: "supervisor" };
const rules = (steps: EscalationRules["steps"], more: Partial<EscalationRules> = {}): EscalationRules => ({
  ...{ steps, repeat: 0, acknowledgers: 1 },
  ...more,
});
const BOSS_AFTER_10 = rules([{ after_seconds: 600, to: BOSS }]);
const bossAfter = (minutes: number): EscalationRules => rules([{ after_seconds: minutes * 60, to: BOSS }]);

/** What rule_steps.sql answers. */
function stepsOf({ steps, repeat }: EscalationRules): PlainStep[] {
  const all = Array.from({ length: repeat + 1 }, () => steps).flat();
  const total = all.length;
  const plain = all.map((step, number) => ({
    ...{ step: { to: step.to }, number, total },
    nextSeconds: steps[(number + 1) % steps.length]?.after_seconds ?? 0,
  }));
  return [...plain, { step: { to: BOSS, last_resort: true }, number: total, total, nextSeconds: 0 }];
}

interface Settings {
  rules?: EscalationRules | null;
  available?: string[];
  people?: Record<string, string[]>;
  preferences?: Record<string, object>;
  recipient?: string | null;
}
const world = (settings: Settings = {}): World => ({
  available: settings.available ?? ["websocket"],
  rulesFor: (past) => (settings.rules === undefined ? past.rules : settings.rules),
  recipientOf: ({ userId }) =>
    Promise.resolve(settings.recipient === undefined ? userId : settings.recipient),
  stepsOf: (given) => Promise.resolve(stepsOf(given)),
  peopleOf: ({ to }) =>
    Promise.resolve("user_id" in to ? [to.user_id] : (settings.people?.[Object(to).role] ?? ["boss"])),
  wishesOf: (_past, people) =>
    Promise.resolve(
      people.map((userId) => ({
        ...{ userId, preferences: settings.preferences?.[userId] ?? null },
        ...{ channels: ["sms"], territoryAsks: ["sms"], now: "", cover: null },
      })),
    ),
});

/** Who is told, and how many minutes after the sending. */
const shown = ({ tellings }: Course): string[] =>
  tellings.map(({ userId, at: moment }) => `${userId} ${(moment.getTime() - SENT) / 60_000}`);
const course = (past: Past, settings?: Settings): Promise<Course> => simulate(past, world(settings), UNTIL);

describe("what would have been", () => {
  const acknowledged = (userId: string, minutes: number) =>
    ({ userId, kind: "acknowledged", at: at(minutes) }) as const;
  const declined = (userId: string, minutes: number) =>
    ({ userId, kind: "declined", at: at(minutes) }) as const;

  it.each<[string, Partial<Past>, Settings, string[]]>([
    ["takes the steps and the last resort while nobody answers", {}, {}, ["ada 0", "boss 10", "boss 20"]],
    ["ends with an acknowledgement", { acts: [acknowledged("ada", 7)] }, {}, ["ada 0"]],
    [
      "takes a step that comes sooner",
      { acts: [acknowledged("ada", 7)] },
      { rules: bossAfter(5) },
      ["ada 0", "boss 5"],
    ],
    [
      "spares a step that comes later",
      { acts: [acknowledged("ada", 12)] },
      { rules: bossAfter(15) },
      ["ada 0"],
    ],
    ["ends when its time is over", { overAt: at(9) }, {}, ["ada 0"]],
    [
      "waits for as many as have to acknowledge, and asks nobody twice who did",
      { acts: [acknowledged("ada", 1)] },
      {
        rules: rules(
          [
            { after_seconds: 600, to: { recipient: true } },
            { after_seconds: 60, to: BOSS },
          ],
          { acknowledgers: 2 },
        ),
      },
      ["ada 0", "boss 10", "boss 20"],
    ],
    [
      "takes the next step at once when somebody declines",
      { acts: [declined("ada", 3)] },
      {},
      ["ada 0", "boss 3", "boss 13"],
    ],
    [
      "takes the first step at once when every channel has failed",
      { failedAt: at(2) },
      {},
      ["ada 0", "boss 2", "boss 12"],
    ],
    [
      "goes on at once where a step reaches nobody",
      {},
      {
        rules: rules([
          { after_seconds: 60, to: { role: "clinician" } },
          { after_seconds: 300, to: BOSS },
        ]),
        people: { clinician: [] },
      },
      ["ada 0", "boss 1", "boss 11"],
    ],
    ["has no steps without rules", { rules: null }, {}, ["ada 0"]],
    [
      "begins with whoever is on call by other schedules",
      {},
      { recipient: "ben" },
      ["ben 0", "boss 10", "boss 20"],
    ],
    ["tells nobody first where the role has nobody", {}, { recipient: null }, ["boss 10", "boss 20"]],
  ])("%s", async (_name, past, settings, expected) => {
    expect(shown(await course(aPast(past), settings))).toEqual(expected);
  });

  it("moves and invents no acknowledgement: where its person would not have been told by then it can't count", async () => {
    const past = aPast({
      told: [told("ada", 0, 0), told("boss", 1, 10)],
      acts: [acknowledged("boss", 12)],
    });
    expect(await course(past)).toMatchObject({ answeredAt: new Date(at(12)), groundless: [] });
    const later = await course(past, { rules: bossAfter(20) });
    expect(shown(later)).toEqual(["ada 0", "boss 20", "boss 30"]);
    expect(later).toMatchObject({ answeredAt: null, groundless: ["boss"] });
  });

  it("lets an acknowledgement count that followed no telling, as from the board", async () => {
    const past = aPast({ acts: [acknowledged("boss", 4)] });
    expect(await course(past)).toMatchObject({ answeredAt: new Date(at(4)), groundless: [] });
  });

  it("holds a channel outside for quiet hours by the clock on the wall, also in the night in which it changes", async () => {
    const sent = new Date("2026-03-08T03:30:00Z");
    const past = aPast({ at: sent.toISOString(), priority: "normal", rules: null, told: [] });
    const settings = { available: ["websocket", "sms"] };
    const asleep = {
      quiet_hours: { start: "22:00", end: "07:00" },
      time_zone: "America/New_York",
    };
    const channelsOf = async (more: Partial<Past>, own: Settings) =>
      (await simulate({ ...past, ...more }, world({ ...settings, ...own }), new Date("2026-03-09T00:00:00Z")))
        .tellings[0]?.channels;
    const free = { channel: "websocket", heldUntil: null, spared: false };
    expect(await channelsOf({}, {})).toEqual([free, { ...free, channel: "sms" }]);
    // 07:00 is an hour closer than in other nights.
    const held = { channel: "sms", heldUntil: new Date("2026-03-08T11:00:00Z") };
    const own = { preferences: { ada: asleep } };
    expect(await channelsOf({}, own)).toEqual([free, { ...held, spared: false }]);
    // Whoever had it on a device by then is not told by what waited.
    expect(await channelsOf({ reached: { ada: "2026-03-08T10:59:00Z" } }, own)).toEqual([
      free,
      { ...held, spared: true },
    ]);
  });
});

describe("two courses", () => {
  const pair = async (past: Past, tried: Settings) => ({
    past,
    before: await course(past),
    after: await course(past, tried),
  });

  it.each<[string, Settings, Partial<Record<keyof ReturnType<typeof changeOf>, unknown>>]>([
    ["the same", {}, { earlier: 0, later: 0, otherwise: 0 }],
    ["sooner", { rules: bossAfter(5) }, { earlier: 2, later: 0 }],
    ["later", { rules: bossAfter(15) }, { earlier: 0, later: 2 }],
    ["by another channel", { available: ["sms"] }, { otherwise: 3 }],
  ])("that tell the same people are held against each other: %s", async (_name, tried, expected) => {
    const change = changeOf(await pair(aPast(), tried));
    expect(change).toMatchObject({ ...expected, additional: [], spared: [] });
    expect(isChanged(change)).toBe(Object.keys(tried).length > 0);
  });

  it("count who is told in addition, who is spared, and what is told to nobody in time", async () => {
    const past = aPast();
    const other = await pair(past, { people: { supervisor: ["ben"] } });
    expect(changeOf(other).additional.map(({ userId }) => userId)).toEqual(["ben", "ben"]);
    expect(changeOf(other).spared.map(({ userId }) => userId)).toEqual(["boss", "boss"]);
    const nobody = await pair(past, { recipient: null });
    expect(totalsOf([other, nobody], { broadcast: 2 }, 300_000)).toMatchObject({
      ...{ compared: 2, changed: 2, critical: 2, additional: 2, spared: 3 },
      ...{ untold: { before: 0, after: 1 }, exhausted: { before: 2, after: 2 } },
      left_out: { broadcast: 2 },
    });
  });

  it.each<[string, Partial<Past>, string | null]>([
    ["nothing", {}, null],
    [
      "a step a few seconds late",
      { told: [told("ada", 0, 0), told("boss", 1, 10.1), told("boss", 2, 20.2)] },
      null,
    ],
    ["a step much later", { told: [told("ada", 0, 0), told("boss", 1, 12), told("boss", 2, 22)] }, "times"],
    ["somebody else", { told: [told("ada", 0, 0), told("ben", 1, 10), told("boss", 2, 20)] }, "people"],
    ["nobody at the step", { told: [told("ada", 0, 0)] }, "people"],
    [
      "another channel",
      {
        told: [
          {
            ...told("ada", 0, 0),
            deliveries: [{ channel: "sms", status: "failed", reason: null, holdUntil: null }],
          },
          told("boss", 1, 10),
          told("boss", 2, 20),
        ],
      },
      "channels",
    ],
  ])("say where today's settings differ from the record: %s", async (_name, more, expected) => {
    const past = aPast({ told: [told("ada", 0, 0), told("boss", 1, 10), told("boss", 2, 20)], ...more });
    expect(differs(past, await course(past))).toBe(expected);
  });
});
