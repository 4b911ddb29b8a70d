import { afterAll, beforeAll, expect, it } from "vitest";
import { actAs } from "../store/db/knex.ts";
import type { Demo } from "../store/demo.ts";
import { demoUser, Person, send, targetOf } from "../testing/client.ts";
import { LiveClient } from "../testing/live.ts";
import type { Program } from "../testing/program.ts";
import { createSite, type Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** The shortest window that a digest may have; ms. */
const WINDOW = 60_000;
const EVENTS = 50;
const WARDS = 2;

let site: Site;
let api: Program;
let worker: Program;
let demo: Demo;
let person: Person;
let live: LiveClient;

beforeAll(async () => {
  site = await createSite();
  api = await site.start({ role: "api" });
  worker = await site.start({ role: "worker" });
  demo = await site.demo();
  person = await Person.signIn(api.url, demoUser(demo, "clinician"));
  live = await new LiveClient(person).connected();
});
afterAll(async () => {
  await live.stop();
  await site.close();
});

/** Has the worker die at a place; the function that it answers waits for that, and starts the next worker. */
async function dyingAt(place: string): Promise<() => Promise<void>> {
  await worker.crashAt(place);
  return async () => {
    await until(`the worker dies at ${place}`, () => worker.process.signalCode === "SIGKILL", 2 * WINDOW);
    worker = await site.start({ role: "worker" });
  };
}

/** Nothing but the program brings the digests: the test waits their window out, and changes nothing in the database. */
it("groups 50 events by two keys though its worker is killed in the middle and at the digest: two digests, 50 items, none twice", async () => {
  const target = targetOf(demoUser(demo, "clinician"));
  const admin = await Person.signIn(api.url, demoUser(demo, "admin"));
  const grouping = { order_update: { digest: { window: WINDOW / 60_000, by: "ward" } } };
  const set = await admin.fetch(`/api/territories/${target.territory_id}`, {
    method: "PATCH",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ settings: { grouping } }),
  });
  expect(set.status).toBe(200);

  const begun = Date.now();
  const killed = await dyingAt(`arrive:end ${EVENTS / 2}`);
  const sent = await Promise.all(
    Array.from({ length: EVENTS }, async (_, place) => {
      const metadata = { ward: String(place % WARDS) };
      const event = { ...target, category: "order_update", message: `order ${place}`, metadata };
      // A busy node has no room for so many at once, and says so: its sender asks again.
      const id = await until("it is taken in", async () => {
        const { status, body } = await send(api.url, demo.api_key, event, {
          "Idempotency-Key": String(place),
        });
        return status === 202 && body.notification_id;
      });
      return { id, ward: place % WARDS };
    }),
  );
  await killed();
  const userId = target.user_id;
  const grouped = () =>
    actAs(site.knex, `user:${userId}`, (trx) =>
      trx("notifications").where({ user_id: userId }).whereNotNull("digest").pluck<string[]>("id"),
    );
  await until("all are grouped", async () => (await grouped()).length === EVENTS);
  const digests = async () => (await person.inbox()).filter(({ items }) => items !== null);
  // Only the digests are left to arrive.
  const killedAgain = await dyingAt("arrive:end");
  expect(await digests()).toEqual([]);
  await killedAgain();
  expect(Date.now() - begun).toBeGreaterThanOrEqual(WINDOW);

  const found = await until("both have come", async () => {
    const all = await digests();
    return all.length >= WARDS && all;
  });
  const itemsOf = ({ items }: (typeof found)[number]): string[] =>
    (items ?? []).map(({ notification_id }) => notification_id).toSorted();
  const wanted = Array.from({ length: WARDS }, (_, ward) =>
    sent
      .filter((one) => one.ward === ward)
      .map(({ id }) => id)
      .toSorted(),
  );
  expect(found.map(itemsOf).toSorted()).toEqual(wanted.toSorted());
  for (const { notification_id } of found) {
    await live.sees(notification_id);
    expect(live.shown.filter((one) => one.notification_id === notification_id)).toHaveLength(1);
  }
  // Nothing came beside them, nor by itself.
  expect(await person.inbox()).toHaveLength(WARDS);
}, 240_000);
