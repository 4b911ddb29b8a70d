import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EventList } from "../api/events/schema.ts";
import { actAs } from "../store/db/knex.ts";
import type { Demo } from "../store/demo.ts";
import { demoUser, Person, send, targetOf } from "../testing/client.ts";
import { LiveClient } from "../testing/live.ts";
import { aPerson, aPolicy } from "../testing/nouns.ts";
import type { Program } from "../testing/program.ts";
import { createSite, type Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** More supervisors than one page of `follow` has. */
const MANY = 120;

/** A service says that a problem is over, and everybody who was told sees it, wherever it lies. */
describe("resolving", () => {
  let site: Site;
  let node: Program;
  let demo: Demo;
  let clinician: Person;
  let supervisor: Person;
  const pages: LiveClient[] = [];

  beforeAll(async () => {
    site = await createSite();
    node = await site.start();
    demo = await site.demo();
    clinician = await Person.signIn(node.url, demoUser(demo, "clinician"));
    supervisor = await Person.signIn(node.url, demoUser(demo, "supervisor"));
    for (const of of [clinician, supervisor]) pages.push(await new LiveClient(of).connected());
  });
  afterAll(async () => {
    await Promise.all(pages.map((page) => page.stop()));
    await site.close();
  });

  const target = () => targetOf(demoUser(demo, "clinician"));
  const post = async (body: object): Promise<string> =>
    (await send(node.url, demo.api_key, { ...target(), ...body })).body.notification_id;
  const byKey = (path: string, init: RequestInit = {}) =>
    fetch(`${node.url}${path}`, { ...init, headers: { Authorization: `Bearer ${demo.api_key}` } });
  const resolve = async (key: string): Promise<void> =>
    expect((await byKey(`/api/alerts/${key}/resolve`, { method: "POST" })).status).toBe(200);
  /** Of which sends the service heard that they are resolved. */
  const heard = async (): Promise<string[]> => {
    const { events } = EventList.parse(await (await byKey("/api/events?after=0")).json());
    return events.flatMap(({ type, data }) =>
      type === "notification.resolved" && data.send_id !== null ? [data.send_id] : [],
    );
  };

  it("is shown in a digest, of what was resolved before it came and of what was after, and heard of by the sender", async () => {
    await heard();
    await actAs(site.knex, `user:${demoUser(demo, "admin").user_id}`, (trx) =>
      trx("territories")
        .where({ id: target().territory_id })
        .update({ settings: { grouping: { order_update: { digest: { window: 60 } } } } }),
    );
    const [early, late, open] = [
      await post({ category: "order_update", message: "Bed 4 leaks", dedup_key: "bed-4" }),
      await post({ category: "order_update", message: "Bed 5 leaks", dedup_key: "bed-5" }),
      await post({ category: "order_update", message: "Bed 6 is made", dedup_key: "bed-6" }),
    ];
    const digest = await until("all are grouped", async () => {
      const items = await actAs(site.knex, `user:${target().user_id}`, (trx) =>
        trx("notifications").whereIn("id", [early, late, open]).whereNotNull("digest").select("digest"),
      );
      return items.length === 3 && String(items[0].digest);
    });
    await resolve("bed-4");
    await actAs(site.knex, `worker:${digest}`, (trx) =>
      trx("sends").where({ id: digest }).update({ send_at: new Date(), next_start_at: new Date() }),
    );
    const [page] = pages;
    /** Which items the open page shows as resolved. */
    const over = (): string[] | null => {
      const frame = page?.frames.findLast(({ notification: { notification_id: id } }) => id === digest);
      return (
        frame?.notification.items
          ?.filter(({ resolved_at }) => resolved_at !== null)
          .map(({ notification_id }) => notification_id) ?? null
      );
    };
    await until("the digest has come", () => over() !== null);
    expect(over()).toEqual([early]);
    await resolve("bed-5");
    await until("the page shows the second one, too", () => over()?.length === 2);
    expect(over()).toEqual([early, late]);
    await until("the sender has heard of both", async () => (await heard()).length > 1);
    expect((await heard()).toSorted()).toEqual([early, late].toSorted());
  });

  it("comes to each of many who were told, page by page, once, and tells nobody further", async () => {
    const { territory_id } = target();
    for (let n = 1; n <= MANY; n += 1)
      await aPerson(site, { id: `many-${n}`, territory: territory_id, role: "supervisor" });
    const escalation_policy_id = await aPolicy(site, {
      territory: territory_id,
      rules: { steps: [{ after_seconds: 1, to: { role: "supervisor" } }], repeat: 0, acknowledgers: 1 },
    });
    const id = await post({ priority: "critical", message: "Pump", dedup_key: "pump", escalation_policy_id });
    const copies = () =>
      actAs(site.knex, `worker:${id}`, (trx) =>
        trx("notifications").where({ escalated_from: id }).select("id", "seq", "resolved_at"),
      );
    const told = async () => (await copies()).length === MANY + 1;
    await until("everybody was told", told, 60_000);
    const [, page] = pages;
    const copy = await until("the supervisor's page shows it", () =>
      page?.shown.find(({ escalated_from }) => escalated_from === id),
    );
    await resolve("pump");
    await until("all copies say so", async () =>
      (await copies()).every(({ resolved_at }) => resolved_at !== null),
    );
    const frames = () =>
      page?.frames.filter(
        ({ notification: { notification_id } }) => notification_id === copy.notification_id,
      );
    await until("the page shows it", () => typeof frames()?.at(-1)?.notification.resolved_at === "string");
    const before = await copies();
    await resolve("pump");
    expect(await copies()).toEqual(before);
    expect(await told()).toBe(true);
  });
});
