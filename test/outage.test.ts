import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startPostgres } from "../tools/services/postgres.ts";
import { startTemporal } from "../tools/services/temporal.ts";
import { demoUser, Person, send } from "../testing/client.ts";
import { makeOwner } from "../testing/owner.ts";
import { createSite } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** Promise 1: an accepted send is durable, and a caller who can't be served hears so in time. */
describe("outages", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tocsin-outage-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("takes sends within 1.5 s while Temporal is down and brings them into inboxes; what is left is done when it is back", async () => {
    const dbFile = join(folder, "temporal.db");
    let temporal = await startTemporal({ dbFile });
    const site = await createSite({ TEMPORAL_ADDRESS: temporal.address });
    try {
      const node = await site.start();
      const demo = await site.demo();
      const clinician = demoUser(demo, "clinician");
      const target = { user_id: clinician.user_id, territory_id: clinician.territory_id };
      const person = await Person.signIn(node.url, clinician);
      await send(node.url, demo.api_key, { ...target, message: "while all is well" }, { Prefer: "wait=20" });

      const temporalIs = async (): Promise<string> =>
        JSON.parse(await (await fetch(`${node.url}/readyz`)).text()).parts.temporal;
      await until("it counts as up", async () => (await temporalIs()) === "up");
      process.kill(temporal.pid, "SIGSTOP");
      await until("a server that hangs counts as down", async () => (await temporalIs()) === "down");
      process.kill(temporal.pid, "SIGCONT");
      await until("it counts as up again", async () => (await temporalIs()) === "up");

      await temporal.stop("SIGKILL");
      let accepted = "";
      for (const message of ["first while down", "second while down"]) {
        const start = performance.now();
        const answer = await send(node.url, demo.api_key, { ...target, message });
        expect(answer.status).toBe(202);
        // A call that waits for its connection would take 5 to 20 s.
        expect(performance.now() - start).toBeLessThan(5_000);
        accepted = answer.body.notification_id;
      }
      const messages = await until("all are in the inbox, though Temporal is away", async () => {
        const inbox = await person.inbox();
        return inbox.length >= 3 && inbox.map(({ message }) => message).sort();
      });
      expect(messages).toEqual(["first while down", "second while down", "while all is well"]);
      temporal = await startTemporal({ dbFile, port: temporal.port });
      await until("its workflow does the rest", async () => {
        const { deliveries } = await person.timeline(accepted);
        return deliveries.length > 0 && deliveries.every(({ status }) => status !== "queued");
      });
    } finally {
      await site.close();
      await temporal.stop();
    }
  });

  it("answers 503 with Retry-After, soon, while PostgreSQL is down, and serves again when it is back", async () => {
    const dataDir = join(folder, "pg");
    let postgres = await startPostgres({ dataDir });
    const site = await createSite({ DATABASE_URL: await makeOwner(postgres.url) });
    try {
      const node = await site.start();
      const demo = await site.demo();
      const clinician = demoUser(demo, "clinician");
      const body = { user_id: clinician.user_id, territory_id: clinician.territory_id, message: "Hello" };
      expect((await send(node.url, demo.api_key, body)).status).toBe(202);

      await postgres.stop("SIGQUIT");
      const start = performance.now();
      const refused = await send(node.url, demo.api_key, body);
      expect(performance.now() - start).toBeLessThan(5_000);
      expect(refused).toMatchObject({ status: 503, body: { type: "urn:tocsin:problem:unavailable" } });
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      expect((await fetch(`${node.url}/readyz`)).status).toBe(503);
      expect((await fetch(`${node.url}/healthz`)).status).toBe(200);

      postgres = await startPostgres({ dataDir, port: postgres.port });
      await until(
        "sends are taken again",
        async () => (await send(node.url, demo.api_key, body)).status === 202,
      );
      const person = await Person.signIn(node.url, clinician);
      await until("they are delivered", async () => (await person.inbox()).length >= 2);
    } finally {
      await site.close();
      await postgres.stop();
    }
  });
});
