import { Client, Connection } from "@temporalio/client";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTemporal, type Temporal } from "../tools/services/temporal.ts";
import type { Demo } from "../store/demo.ts";
import { reachedQuery } from "../workflows/broadcast.ts";
import { demoUser, Person, targetOf } from "../testing/client.ts";
import type { Program } from "../testing/program.ts";
import { LiveClient } from "../testing/live.ts";
import { createSite, type Site } from "../testing/site.ts";
import { until } from "../testing/until.ts";

/** The demo's three, and those who are added. */
const EVERYBODY = 3 + 1_800;
/** Events after which Temporal suggests to go on in a new run: a call of the activity makes about six. */
const LONG = "8";

/** One message to a whole territory, page by page. */
describe("a broadcast to thousands", () => {
  let folder: string;
  let temporal: Temporal;
  let site: Site;
  let api: Program;
  let demo: Demo;
  let person: Person;
  let territory: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tocsin-broadcast-"));
    const dynamicConfig = { "limit.historyCount.suggestContinueAsNew": LONG };
    temporal = await startTemporal({ dbFile: join(folder, "temporal.db"), dynamicConfig });
    site = await createSite({ TEMPORAL_ADDRESS: temporal.address });
    api = await site.start({ role: "api" });
    demo = await site.demo();
    const user = demoUser(demo, "clinician");
    territory = targetOf(user).territory_id;
    person = await Person.signIn(api.url, user);
    await addPeople(site.databaseUrl, territory, EVERYBODY - 3);
  });
  afterAll(async () => {
    await site.close();
    await temporal.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const broadcast = async (message: string): Promise<string> => {
    const response = await fetch(`${api.url}/api/notifications/broadcast`, {
      method: "POST",
      headers: { Authorization: `Bearer ${demo.api_key}`, "Content-Type": "application/json" },
      body: JSON.stringify({ territory_id: territory, message }),
    });
    const body: { broadcast_id: string } = JSON.parse(await response.text());
    return body.broadcast_id;
  };
  const completed = (id: string): Promise<object> =>
    until(
      "the broadcast is complete",
      async () => {
        const headers = { Authorization: `Bearer ${demo.api_key}` };
        const answer = await fetch(`${api.url}/api/broadcasts/${id}`, { headers });
        const body: { status: string } = JSON.parse(await answer.text());
        return body.status === "completed" && body;
      },
      120_000,
    );

  it("begins with open screens, goes on where a killed worker left off, and in a new run when its history grows long", async () => {
    const screen = await new LiveClient(person).connected();
    const dying = await site.start({ role: "worker", crashAt: "arrive:end" });
    const id = await broadcast("To thousands");
    await dying.exited;
    // It wrote one page, and this person is the last of the territory by id.
    expect(await person.inbox()).toMatchObject([{ message: "To thousands" }]);
    await screen.stop();
    await site.start({ role: "worker" });
    expect(await completed(id)).toMatchObject({ recipients: EVERYBODY, persisted: EVERYBODY });
    const mine = (await person.inbox()).filter(({ message }) => message === "To thousands");
    expect(mine).toHaveLength(1);

    const connection = await Connection.connect({ address: temporal.address });
    const handle = new Client({ connection }).workflow.getHandle(id);
    await handle.result();
    const { events } = await handle.fetchHistory();
    const started = events?.[0]?.workflowExecutionStartedEventAttributes;
    expect(started?.continuedExecutionRunId).toMatch(/^[0-9a-f-]{36}$/);
    expect(await handle.query(reachedQuery)).toBe(EVERYBODY);
    await connection.close();
  }, 240_000);
});

/** People with nothing but a place in the territory. */
async function addPeople(ownerUrl: string, territoryId: string, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  await client.query("SELECT set_config('app.actor', 'setup', false)");
  const people = "SELECT 'crowd-' || lpad(n::text, 5, '0') FROM generate_series(1, $1) AS n";
  await client.query(
    `INSERT INTO users (id, email, name) SELECT id, id || '@crowd.example', id FROM (${people}) AS crowd (id)`,
    [count],
  );
  await client.query(`INSERT INTO inboxes (user_id) ${people}`, [count]);
  await client.query(
    `INSERT INTO memberships (user_id, territory_id, role) SELECT id, $2, 'clinician' FROM (${people}) AS crowd (id)`,
    [count, territoryId],
  );
  await client.end();
}
