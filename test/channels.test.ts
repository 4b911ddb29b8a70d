import { DateTime } from "luxon";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Demo } from "../store/demo.ts";
import { demoUser, Person, send, targetOf } from "../testing/client.ts";
import { LiveClient } from "../testing/live.ts";
import { type PagerServer, startPager } from "../tools/pager/server.ts";
import type { Program } from "../testing/program.ts";
import { aContactPoint, aWish } from "../testing/nouns.ts";
import { createSite, type Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** A channel beside the live one: when it is tried, when not and why, and that a hanging one holds up nothing else. */
describe("channels", () => {
  let site: Site;
  let pager: PagerServer;
  let api: Program;
  let demo: Demo;
  const people: Person[] = [];
  const targets: { user_id: string; territory_id: string }[] = [];

  beforeAll(async () => {
    [site, pager] = await Promise.all([createSite(), startPager()]);
    Object.assign(site.env, pager.env);
    [api] = await Promise.all([site.start({ role: "api" }), site.start({ role: "worker" })]);
    demo = await site.demo();
    for (const which of [0, 1]) {
      const user = demoUser(demo, "clinician", which);
      targets.push(targetOf(user));
      people.push(await Person.signIn(api.url, user));
      await aContactPoint(site, {
        person: user.user_id,
        channel: "pager",
        address: `pager-of-${user.user_id}`,
      });
    }
  });
  afterAll(async () => {
    await site.close();
    await pager.close();
  });
  afterEach(({ task }) => {
    if (task.concurrent) return;
    pager.answer = () => 200;
    pager.pages.length = 0;
  });

  const [one, two] = [0, 1];
  const person = (which: number): Person => {
    const found = people[which];
    if (found === undefined) throw new Error("nobody");
    return found;
  };
  const post = async (
    which: number,
    message: string,
    extra: Record<string, unknown> = {},
  ): Promise<string> => {
    const answer = await send(api.url, demo.api_key, { ...targets[which], message, ...extra });
    expect(answer.status).toBe(202);
    return answer.body.notification_id;
  };
  /** The deliveries, once none is left to be tried. */
  const settled = (which: number, id: string, timeoutMs?: number) =>
    until(
      "the deliveries are settled",
      async () => {
        const { deliveries } = await person(which).timeline(id);
        const open = deliveries.filter(({ status }) => status === "queued" || status === "claimed");
        return (
          deliveries.length > 0 &&
          open.length === 0 &&
          deliveries.map(({ channel, status, reason }) => [channel, status, reason])
        );
      },
      timeoutMs,
    );

  it("falls to the next channel at once when nobody is connected, and says why", async () => {
    const id = await post(one, "K+ 6.8 for Zebulon Quillfeather", {
      known: [{ kind: "name", value: "Zebulon Quillfeather" }],
    });
    expect(await settled(one, id)).toEqual([
      ["websocket", "skipped", "offline"],
      ["pager", "delivered", null],
    ]);
    expect(pager.pages).toMatchObject([
      { notificationId: id, address: `pager-of-${targets[one]?.user_id}`, attempt: 1 },
    ]);
    expect(pager.pages[0]?.text).not.toContain("Quillfeather");
    expect(pager.pages[0]?.idempotencyKey).toBe(pager.pages[0]?.deliveryId);
  });

  it("does not need the next channel when the live one delivered", async () => {
    const live = await new LiveClient(person(one)).connected();
    const id = await post(one, "seen at once");
    await live.sees(id);
    expect(await settled(one, id)).toEqual([
      ["websocket", "delivered", null],
      ["pager", "skipped", "not_needed"],
    ]);
    expect(pager.pages).toEqual([]);
    await live.stop();
  });

  it("tries again while the provider is busy, under one key, and gives up when it refuses", async () => {
    pager.answer = ({ attempt }) => (attempt < 3 ? 503 : 200);
    const patient = await post(one, "busy twice", { channels: ["pager"] });
    expect(await settled(one, patient)).toEqual([["pager", "delivered", null]]);
    expect(pager.pages.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(new Set(pager.pages.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);

    pager.answer = () => 400;
    const refused = await post(one, "refused", { channels: ["pager", "websocket"] });
    expect(await settled(one, refused)).toEqual([
      ["pager", "failed", "refused"],
      ["websocket", "skipped", "offline"],
    ]);
  });

  it("does as the person wishes, but for critical ones, which goes on record", async () => {
    const { user_id } = targets[two] ?? { user_id: "" };
    await aWish(site, user_id, { wanted: { all: { pager: false } } });
    const ordinary = await post(two, "not by pager");
    expect(await settled(two, ordinary)).toContainEqual(["pager", "skipped", "preference"]);
    const critical = await post(two, "by pager all the same", { priority: "critical" });
    expect(await settled(two, critical)).toContainEqual(["pager", "delivered", null]);
    const { events } = await person(two).timeline(critical);
    expect(events).toContainEqual(
      expect.objectContaining({ channel: "pager", status: "overridden", reason: "preference" }),
    );
    await person(two).act(critical, "acknowledge");
  });

  it("lets a channel that hangs hold up nothing but itself, and records that the answer was lost", async () => {
    pager.answer = () => "hang";
    const hanging = await Promise.all(
      Array.from({ length: 5 }, (_, n) => post(one, `hangs ${n}`, { channels: ["pager"] })),
    );
    await until("the pager hangs", () => pager.pages.length === 5);
    const live = await new LiveClient(person(one)).connected();
    const id = await post(one, "not held up");
    await live.sees(id);
    await live.stop();
    for (const stuck of hanging) expect(await settled(one, stuck)).toEqual([["pager", "unknown", "aborted"]]);
  });

  it("sends what quiet hours hold once their person switches them off, well before they would end", async () => {
    const { user_id } = targets[two] ?? { user_id: "" };
    const wanted = { all: { pager: true } };
    const now = DateTime.utc();
    const clock = (hours: number): string => now.plus({ hours }).toFormat("HH:mm");
    const quiet_hours = { start: clock(-2), end: clock(8) };
    await aWish(site, user_id, { wanted, quiet_hours, time_zone: "UTC" });
    const id = await post(two, "held for hours");
    const pagerOf = async () =>
      (await person(two).timeline(id)).deliveries.find(({ channel }) => channel === "pager");
    await until("it is held", async () => (await pagerOf())?.reason === "quiet_hours");
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ wanted, quiet_hours: null, time_zone: "UTC" });
    const changed = await person(two).fetch("/api/preferences", { method: "PUT", headers, body });
    expect(changed.status).toBe(200);
    expect(await settled(two, id)).toContainEqual(["pager", "delivered", null]);
  });

  // Each waits for a minute or so, for what the others have nothing to do with.
  describe.concurrent("in time", { timeout: 240_000 }, () => {
    beforeAll(() => {
      pager.answer = ({ text, attempt }) =>
        attempt === 1 && ["ordinary", "critical"].includes(text) ? "hang" : 200;
    });

    it("holds outside channels through quiet hours, never the inbox; what was read meanwhile is not sent after", async () => {
      const { user_id } = targets[two] ?? { user_id: "" };
      // Quiet from an hour ago until a minute begins that is far enough to be held for, and no farther.
      const now = DateTime.utc();
      const quiet_hours = {
        start: now.minus({ hours: 1 }).toFormat("HH:mm"),
        end: now.plus({ minutes: now.second < 15 ? 1 : 2 }).toFormat("HH:mm"),
      };
      await aWish(site, user_id, { wanted: { all: { pager: true } }, quiet_hours, time_zone: "UTC" });
      const [left, read] = [await post(two, "held and left"), await post(two, "held and read")];
      await until("both are in the inbox", async () => {
        const inbox = await person(two).inbox();
        return [left, read].every((id) => inbox.some(({ notification_id }) => notification_id === id));
      });
      await person(two).act(read, "read");
      const deliveries = await until("the live channel was tried", async () => {
        const { deliveries: now } = await person(two).timeline(left);
        return now[0]?.status === "skipped" && now;
      });
      expect(deliveries).toMatchObject([
        { channel: "websocket", reason: "offline" },
        { channel: "pager", status: "queued" },
      ]);
      const paged = (): string[] =>
        pager.pages.map(({ notificationId }) => notificationId).filter((id) => id === left || id === read);
      expect(paged()).toEqual([]);
      expect(await settled(two, left, 150_000)).toContainEqual(["pager", "delivered", null]);
      expect(await settled(two, read)).toContainEqual(["pager", "skipped", "already_handled"]);
      expect(paged()).toEqual([left]);
      await aWish(site, user_id, { wanted: { all: { pager: true } } });
    });

    describe("when the worker is killed in the middle of an attempt", () => {
      const killed = async (message: string, extra: Record<string, unknown>): Promise<string> => {
        const other = await createSite();
        Object.assign(other.env, site.env, { TEMPORAL_TASK_QUEUE: other.env["TEMPORAL_TASK_QUEUE"] });
        const own = await other.start({ role: "api" });
        const dying = await other.start({ role: "worker" });
        const answer = await send(own.url, demo.api_key, {
          ...targets[one],
          message,
          channels: ["pager"],
          ...extra,
        });
        await until("the attempt is under way", () => pager.pages.some(({ text }) => text === message));
        await dying.kill();
        await other.start({ role: "worker" });
        const outcome = await settled(one, answer.body.notification_id, 150_000);
        await other.close();
        return JSON.stringify(outcome);
      };

      it("does not send an ordinary one twice: it may have been sent", async () => {
        expect(await killed("ordinary", {})).toBe(JSON.stringify([["pager", "unknown", "interrupted"]]));
        expect(pager.pages.filter(({ text }) => text === "ordinary")).toHaveLength(1);
      });

      it("sends a critical one again: twice is better than never", async () => {
        expect(await killed("critical", { priority: "critical" })).toBe(
          JSON.stringify([["pager", "delivered", null]]),
        );
        expect(pager.pages.filter(({ text }) => text === "critical").map(({ attempt }) => attempt)).toEqual([
          1, 2,
        ]);
      });
    });
  });
});
