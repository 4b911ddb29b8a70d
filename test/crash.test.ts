import { Client, Connection } from "@temporalio/client";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { must } from "../config/must.ts";
import { demoUser, Person, send, targetOf } from "../testing/client.ts";
import { LiveClient } from "../testing/live.ts";
import type { Program } from "../testing/program.ts";
import { createSite, type Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** Within 30 s of the next start delivery has resumed; a start may take 5 s of them. ms. */
const RESUMED = 25_000;

/** Whatever dies, and whenever: an accepted notification is in the inbox once, within 30 s of the next start. */
describe("after a crash", () => {
  let site: Site;
  let api: Program;
  let person: Person;
  let live: LiveClient;
  let post: (message: string) => ReturnType<typeof send>;

  beforeEach(async () => {
    site = await createSite();
    api = await site.start({ role: "api" });
    const demo = await site.demo();
    const clinician = demoUser(demo, "clinician");
    const target = targetOf(clinician);
    person = await Person.signIn(api.url, clinician);
    live = await new LiveClient(person).connected();
    post = (message) => send(api.url, demo.api_key, { ...target, message });
  });
  afterEach(async () => {
    await live.stop();
    await site.close();
  });

  /** The inbox holds it once, the socket showed it once, and its delivery came to an end. */
  async function arrivesOnce(message: string): Promise<void> {
    const found = await until(
      `"${message}" is in the inbox`,
      async () => {
        const all = (await person.inbox()).filter((one) => one.message === message);
        return all.length > 0 && all;
      },
      RESUMED,
    );
    expect(found).toHaveLength(1);
    const id = must(found[0], "notification").notification_id;
    await live.sees(id, RESUMED);
    await until(
      "its delivery is recorded",
      async () => (await person.timeline(id)).deliveries[0]?.status === "delivered",
      RESUMED,
    );
    expect(live.shown.filter(({ notification_id }) => notification_id === id)).toHaveLength(1);
  }

  it("of the worker at persist.committed", async () => {
    const worker = await site.start({ role: "worker", crashAt: "persist.committed" });
    expect((await post("persisted")).status).toBe(202);
    await worker.exited;
    await site.start({ role: "worker" });
    await arrivesOnce("persisted");
  });

  // A receipt, which needs no worker, would settle the delivery: it comes once the next worker is at it.
  it.each(["deliver.claimed", "deliver.published"])("of the worker at %s", async (crashAt) => {
    const worker = await site.start({ role: "worker", crashAt });
    live.confirm(false);
    const { status, body } = await post(`through ${crashAt}`);
    expect(status).toBe(202);
    await worker.exited;
    await site.start({ role: "worker" });
    await until(
      "it is attempted again",
      async () => (await person.timeline(body.notification_id)).deliveries[0]?.attempts === 2,
    );
    live.confirm(true);
    await arrivesOnce(`through ${crashAt}`);
  });

  it("of the API between its commit and its answer", async () => {
    const dying = await site.start({ crashAt: "send.committed" });
    const demo = await site.demo();
    const clinician = demoUser(demo, "clinician");
    const answer = send(dying.url, demo.api_key, {
      user_id: clinician.user_id,
      territory_id: clinician.territory_id,
      message: "committed, not answered",
    });
    await expect(answer).rejects.toThrow();
    await dying.exited;
    await site.start({ role: "worker" });
    await arrivesOnce("committed, not answered");
  });

  it("with two relays at once", async () => {
    await api.stop();
    const away = await site.start({ role: "api", env: { TEMPORAL_ADDRESS: "127.0.0.1:1" } });
    const demo = await site.demo();
    const clinician = demoUser(demo, "clinician");
    const target = { user_id: clinician.user_id, territory_id: clinician.territory_id };
    const answer = await send(away.url, demo.api_key, { ...target, message: "for two relays" });
    expect(answer.status).toBe(202);
    const [first] = await Promise.all([site.start(), site.start(), away.stop()]);
    person = person.at(first.url);
    live.moveTo(person);
    await arrivesOnce("for two relays");
  });

  describe("of a workflow, terminated by hand", () => {
    let connection: Connection;
    beforeEach(async () => {
      connection = await Connection.connect({ address: inject("temporalAddress") });
    });
    afterEach(() => connection.close());

    const terminate = (id: string) => new Client({ connection }).workflow.getHandle(id).terminate("by hand");

    it("before it persisted", async () => {
      const { body } = await post("terminated before");
      await terminate(body.notification_id);
      await site.start({ role: "worker" });
      await arrivesOnce("terminated before");
    });

    it("after it persisted", async () => {
      const worker = await site.start({ role: "worker", crashAt: "persist.committed" });
      const { body } = await post("terminated after");
      await worker.exited;
      await terminate(body.notification_id);
      await site.start({ role: "worker" });
      await arrivesOnce("terminated after");
    });
  });
});
