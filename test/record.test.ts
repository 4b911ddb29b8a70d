import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Demo } from "../store/demo.ts";
import { demoUser, Person, send, targetOf } from "../testing/client.ts";
import { LiveClient } from "../testing/live.ts";
import type { Program } from "../testing/program.ts";
import { createSite, type Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";

const Record = z.object({
  events: z.array(
    z.object({
      actor: z.string(),
      action: z.string(),
      outcome: z.string(),
      object_id: z.string().nullable(),
    }),
  ),
});

/** Promise 5: every send and every act is on record, by whom, on what, and how it ended. */
describe("the record", () => {
  let site: Site;
  let node: Program;
  let demo: Demo;
  let clinician: Person;
  let auditor: Person;
  let target: { user_id: string; territory_id: string };

  beforeAll(async () => {
    site = await createSite();
    node = await site.start();
    demo = await site.demo();
    const user = demoUser(demo, "clinician");
    target = targetOf(user);
    clinician = await Person.signIn(node.url, user);
    auditor = await Person.signIn(node.url, demoUser(demo, "auditor"));
  });
  afterAll(() => site.close());

  const recordOf = async (id: string) => {
    const { events } = Record.parse(await (await auditor.fetch(`/api/audit?object=${id}&limit=100`)).json());
    return events.map(({ actor, action, outcome }) => [actor.split(":")[0], action, outcome]);
  };

  it("holds a notification's whole life", async () => {
    const live = await new LiveClient(clinician).connected();
    const { body } = await send(node.url, demo.api_key, { ...target, message: "A whole life" });
    const id = body.notification_id;
    await live.sees(id);
    await until(
      "the receipt is recorded",
      async () => (await clinician.timeline(id)).deliveries[0]?.status === "delivered",
    );
    await clinician.act(id, "reveal");
    await clinician.act(id, "acknowledge");
    await clinician.act(id, "acknowledge");
    await clinician.act(id, "dismiss");
    const stranger = await Person.signIn(node.url, demoUser(demo, "clinician", 2));
    for (const act of ["reveal", "acknowledge", "dismiss"] as const)
      expect((await stranger.act(id, act)).status).toBe(404);
    await live.stop();

    const record = await until("the record is whole", async () => {
      const found = await recordOf(id);
      return found.length >= 9 && found;
    });
    const told = (action: string, outcome: string) =>
      record.filter(([, what, how]) => what === action && how === outcome).map(([who]) => who);
    expect(told("notification.send", "ok")).toEqual(["service"]);
    expect(told("notification.persist", "ok")).toEqual(["worker"]);
    expect(told("delivery.receive", "ok")).toEqual(["user"]);
    expect(told("notification.reveal", "ok")).toEqual(["user"]);
    // An act that is done again changes nothing, and is not recorded again.
    expect(told("notification.acknowledge", "ok")).toEqual(["user"]);
    expect(told("notification.dismiss", "ok")).toEqual(["user"]);
    for (const act of ["reveal", "acknowledge", "dismiss"])
      expect(told(`notification.${act}`, "denied")).toEqual(["user"]);
  });

  it("holds the attempts that reached nobody", async () => {
    const { user_id, territory_id } = demoUser(demo, "clinician", 1);
    const { body } = await send(
      node.url,
      demo.api_key,
      { user_id, territory_id, message: "Nobody there" },
      { Prefer: "wait=20" },
    );
    expect(await recordOf(body.notification_id)).toContainEqual(["worker", "delivery.attempt", "ok"]);
  });
});

describe("Prefer: wait", () => {
  let site: Site;
  let node: Program;
  let demo: Demo;
  beforeAll(async () => {
    site = await createSite();
    node = await site.start({ role: "api" });
    demo = await site.demo();
  });
  afterAll(() => site.close());

  it("answers 200 with the deliveries once they were tried, 202 when that takes longer", async () => {
    const { user_id, territory_id } = demoUser(demo, "clinician");
    const post = (wait: string) =>
      send(node.url, demo.api_key, { user_id, territory_id, message: "Wait" }, { Prefer: wait });
    const late = await post("wait=1");
    expect(late.status).toBe(202);
    expect(late.body.deliveries).toBeUndefined();
    await site.start({ role: "worker" });
    const waited = await post("respond-async, wait=25");
    expect(waited.status).toBe(200);
    expect(waited.headers.get("preference-applied")).toBe("wait=25");
    expect(waited.body).toMatchObject({
      status: "sent",
      deliveries: [{ channel: "websocket", status: "skipped", reason: "offline" }],
    });
  });
});
