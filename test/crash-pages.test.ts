import type { Knex } from "knex";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { actAs, openDatabase } from "../store/db/knex.ts";
import type { Demo } from "../store/demo.ts";
import { demoUser, Person, send } from "../testing/client.ts";
import { LiveClient } from "../testing/live.ts";
import type { Program } from "../testing/program.ts";
import { createSite, type Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/**
 * As crash.test.ts, for what comes to many at once: a worker dies between two pages, or while PostgreSQL writes one. Each is in the inbox that it is
 * for, once, and in no other.
 */
const TERRITORY = "north-hospital";
/** Of one territory, and somebody of another one. */
const PEOPLE = { one: "clinician", two: "clinician", boss: "supervisor", elsewhere: "clinician" } as const;
type Who = keyof typeof PEOPLE;
const IDS: Record<Who, string> = {
  one: "demo-clinician-1",
  two: "demo-clinician-2",
  boss: "demo-supervisor-1",
  elsewhere: "demo-clinician-3",
};
const WHO = ["one", "two", "boss", "elsewhere"] as const;

/** The place where PostgreSQL has a page's call, and waits within it. */
const WITHIN = "within the page";

let site: Site;
let api: Program;
let worker: Program;
let demo: Demo;
let people: Record<Who, Person>;
let live: LiveClient;
/** A login of its own for the lock. */
let other: Knex;

beforeAll(async () => {
  site = await createSite();
  api = await site.start({ role: "api" });
  worker = await site.start({ role: "worker" });
  demo = await site.demo();
  const signIn = (which: number, role: string) => Person.signIn(api.url, demoUser(demo, role, which));
  people = {
    one: await signIn(0, "clinician"),
    two: await signIn(1, "clinician"),
    boss: await signIn(0, "supervisor"),
    elsewhere: await signIn(2, "clinician"),
  };
  live = await new LiveClient(people.one).connected();
  other = openDatabase(site.databaseUrl, { max: 1 });
});
afterAll(async () => {
  await live.stop();
  await other.destroy();
  await site.close();
});

/** Does what the worker dies of, at that place; resolves once the next one has started. */
async function dies(place: string, act: () => Promise<unknown>): Promise<void> {
  if (place === WITHIN) await diesWithin(act);
  else {
    await worker.crashAt(place);
    await act();
    await worker.exited;
  }
  worker = await site.start({ role: "worker" });
}

/** The worker dies while its page waits in PostgreSQL, which writes the page once it may, though nobody hears of it any more. */
async function diesWithin(act: () => Promise<unknown>): Promise<void> {
  await other.transaction(async (trx) => {
    await trx.raw("LOCK TABLE notifications IN EXCLUSIVE MODE");
    await act();
    await until("the page is being written", async () => {
      const waiting = await trx.raw(
        "SELECT FROM pg_locks WHERE relation = 'public.notifications'::regclass AND NOT granted",
      );
      return waiting.rows.length > 0;
    });
    await worker.kill();
  });
}

/** What of these messages is in an inbox, in the order of their texts. */
const found = async (who: Who, begins: string): Promise<string[]> =>
  (await people[who].inbox()).flatMap(({ message }) => (message.startsWith(begins) ? [message] : [])).sort();

async function arriveOnce(begins: string, expected: Partial<Record<Who, string[]>>): Promise<void> {
  for (const who of WHO)
    await until(
      `all of it is with ${who}`,
      async () => (await found(who, begins)).length >= (expected[who]?.length ?? 0),
    );
  for (const who of WHO) expect(await found(who, begins), who).toEqual((expected[who] ?? []).toSorted());
  const shown = () => live.shown.flatMap(({ message }) => (message.startsWith(begins) ? [message] : []));
  await until("its screen shows all of it", () => shown().length >= (expected.one?.length ?? 0));
  expect(shown().sort()).toEqual((expected.one ?? []).toSorted());
}

/** How often the record says of notifications that they were written, each as often as it does. */
const written = async (ids: string[]): Promise<number> => {
  const rows = await actAs(site.knex, "sealer", (trx) =>
    trx("audit_events").whereIn("object_id", ids).where({ action: "notification.persist" }),
  );
  return rows.length;
};

const post = async (path: string, body: object, headers = {}): Promise<unknown> => {
  const answer = await fetch(`${api.url}${path}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${demo.api_key}`, "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(202);
  return await answer.json();
};

/** Numbers the tests, so that each tells its own messages from the others'. */
let runs = 0;

describe("a worker that dies", () => {
  /** Two pages of a bulk. */
  const ITEMS = 240;

  it.each(["arrive_each:begin 2", "arrive_each:end 2", WITHIN])(
    "at a bulk of two pages, at %s",
    async (place) => {
      const begins = `bulk ${++runs}, order `;
      const of = (who: Who): string[] =>
        Array.from({ length: ITEMS }, (_, n) => `${begins}${n}`).filter((_, n) => WHO[n % 3] === who);
      const notifications = Array.from({ length: ITEMS }, (_, n) => ({
        user_id: IDS[WHO[n % 3] ?? "one"],
        territory_id: TERRITORY,
        message: `${begins}${n}`,
      }));
      let ids: string[] = [];
      await dies(place, async () => {
        const { results } = Object(await post("/api/notifications/send-bulk", { notifications }));
        ids = results.map((one: { notification_id: string }) => one.notification_id);
      });
      await arriveOnce(begins, { one: of("one"), two: of("two"), boss: of("boss") });
      expect(await written(ids)).toBe(ITEMS);
    },
  );

  it.each(["arrive:begin", "arrive:end", WITHIN])("at a send to a topic, at %s", async (place) => {
    const topic = `team-${++runs}`;
    const made = await people.boss.fetch("/api/topics", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        ...{ territory_id: TERRITORY, topic, name: "Team" },
        members: [IDS.one, IDS.two],
      }),
    });
    expect(made.status).toBe(201);
    const message = `lamp out ${runs}`;
    const body = { to: { topic }, territory_id: TERRITORY, priority: "high", message };
    await dies(place, () => post("/api/notifications/send", body));
    await arriveOnce(message, { one: [message], two: [message] });
  });

  it.each(["arrive:end 4", WITHIN])(
    "while it gathers a digest, and as it brings one, at %s",
    async (place) => {
      const admin = demoUser(demo, "admin").user_id;
      const setUp = (settings: object) =>
        actAs(site.knex, `user:${admin}`, (trx) =>
          trx("territories").where({ id: TERRITORY }).update({ settings }),
        );
      await setUp({ grouping: { order_update: { digest: { window: 60 } } } });
      const begins = `digest ${++runs}, order `;
      const of = (who: Who): string[] =>
        Array.from({ length: 8 }, (_, n) => `${begins}${n} of ${WHO.indexOf(who)}`);
      const sendTo = (who: Who) =>
        Promise.all(
          of(who).map((message) =>
            send(api.url, demo.api_key, {
              ...{ user_id: IDS[who], territory_id: TERRITORY, category: "order_update", message },
            }),
          ),
        );
      await dies(place, () => Promise.all([sendTo("one"), sendTo("two")]));
      const digests = new Map<Who, string>();
      for (const who of ["one", "two"] as const) {
        const items = await until(`all of ${who} is gathered`, async () => {
          const rows: { message: string; digest: string }[] = await actAs(
            site.knex,
            `user:${IDS[who]}`,
            (trx) => trx("notifications").where({ user_id: IDS[who] }).whereLike("message", `${begins}%`),
          );
          return rows.length >= 8 && rows;
        });
        expect(items.map(({ message }) => message).sort()).toEqual(of(who).toSorted());
        const [digest, ...more] = new Set(items.map((one) => one.digest));
        expect(more).toEqual([]);
        digests.set(who, digest ?? "");
      }
      await setUp({});

      await dies(place.replace(/ 4$/, ""), async () => {
        for (const id of digests.values())
          await actAs(site.knex, `worker:${id}`, (trx) =>
            trx("sends").where({ id }).update({ send_at: new Date(), next_start_at: new Date() }),
          );
      });
      for (const [who, id] of digests) {
        const shown = async () =>
          (await people[who].inbox()).filter(({ items }) =>
            items?.some(({ message }) => message.startsWith(begins)),
          );
        await until(`the digest of ${who} has come`, async () => (await shown()).length > 0);
        const [digest, ...more] = await shown();
        expect([digest?.notification_id, more]).toEqual([id, []]);
        expect(digest?.items?.map(({ message }) => message).sort()).toEqual(of(who).toSorted());
        expect(await written([id])).toBe(1);
      }
      for (const who of ["boss", "elsewhere"] as const)
        expect((await people[who].inbox()).filter(({ items }) => items !== null)).toEqual([]);
    },
  );
});
