import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Demo } from "../store/demo.ts";
import { demoUser, Person, send } from "../testing/client.ts";
import { createSite, type Site } from "../testing/site.ts";
import { runTool } from "../testing/tool.ts";
import { until } from "../testing/until.ts";

/** Master keys and retention on nodes that run: promise 3, over time. */

const K1 = `k1:${randomBytes(32).toString("base64")}`;
const K2 = `k2:${randomBytes(32).toString("base64")}`;

let site: Site;
let demo: Demo;
let owner: pg.Client;
/** The texts that were sent, by their ids. */
const sent = new Map<string, string>();

beforeAll(async () => {
  site = await createSite({ TOCSIN_MASTER_KEY: K1 });
  const node = await site.start();
  demo = await site.demo();
  for (let index = 0; index < 10; index += 1) await sendTo(node.url);
  expect(await reveal(await signIn(node.url), [...sent.keys()])).toEqual([...sent.values()]);
  await node.stop();
  owner = new pg.Client({ connectionString: site.databaseUrl });
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await site.close();
});

const clinician = () => demoUser(demo, "clinician");
const signIn = (url: string): Promise<Person> => Person.signIn(url, clinician());

/** Sends one and waits until it is in the inbox. */
async function sendTo(url: string): Promise<string> {
  const { user_id, territory_id } = clinician();
  const message = `Bed ${randomBytes(6).toString("hex")} for Zebulon Quillfeather`;
  const body = { user_id, territory_id, message };
  const answer = await send(url, demo.api_key, body, { Prefer: "wait=30" });
  if (answer.status !== 200) throw new Error(`a send was answered ${answer.status}`);
  sent.set(answer.body.notification_id, message);
  return answer.body.notification_id;
}

async function reveal(person: Person, ids: string[]): Promise<unknown[]> {
  const answers = await Promise.all(ids.map((id) => person.act(id, "reveal")));
  return answers.map(({ status, body }) =>
    status === 200 && body !== null && typeof body === "object" && "message" in body ? body.message : status,
  );
}

const rotate = () => runTool("keys-rotate", ["--batch=2"], { ...site.env, TOCSIN_MASTER_KEY: `${K2},${K1}` });

/** A statement as one of the program's parts, past everything but row-level security. */
async function as(actor: string, sql: string, values: unknown[] = []): Promise<pg.QueryResult> {
  await owner.query("SELECT set_config('app.actor', $1, false)", [actor]);
  return await owner.query(sql, values);
}

describe("a new master key", () => {
  it("takes over beside running nodes while sends go on, and then stands alone", async () => {
    const earlier = [...sent.keys()];
    const bytes = () =>
      as("rotation", "SELECT id, sealed FROM sends WHERE id = ANY ($1) ORDER BY id", [earlier]);
    const before = (await bytes()).rows;
    await expect(site.start({ env: { TOCSIN_MASTER_KEY: K2 } })).rejects.toThrow(
      'does not hold the key named "k1"',
    );

    const env = { TOCSIN_MASTER_KEY: `${K2},${K1}` };
    const [one, other] = await Promise.all([site.start({ env }), site.start({ env })]);
    const people = [await signIn(one.url), await signIn(other.url)] as const;
    const running = rotate();
    let rotated = false;
    void running.then(() => (rotated = true));
    let during = 0;
    do {
      await Promise.all([sendTo(one.url), sendTo(other.url)]);
      for (const person of people) expect(await reveal(person, earlier)).not.toContain(500);
      during += 2;
    } while (!rotated);
    const { status, output } = await running;
    expect(output).toContain('done: "k1" can be taken out');
    expect(status).toBe(0);
    expect(during).toBeGreaterThan(1);
    expect((await bytes()).rows).toEqual(before);
    expect(before).toHaveLength(10);
    await Promise.all([one.stop(), other.stop()]);

    const alone = await site.start({ env: { TOCSIN_MASTER_KEY: K2 } });
    expect(await reveal(await signIn(alone.url), [...sent.keys()])).toEqual([...sent.values()]);
    await sendTo(alone.url);
    await alone.stop();
  });
});

describe("a territory's limit", () => {
  it("has a node destroy what is over; revealing then answers 410, on record, and the inbox stays", async () => {
    const [old = "", young = ""] = sent.keys();
    await as(`worker:${old}`, "UPDATE sends SET created_at = now() - interval '31 days' WHERE id = $1", [
      old,
    ]);
    const settings = JSON.stringify({ originals_days: 30 });
    await as("setup", "UPDATE territories SET settings = $1 WHERE id = $2", [
      settings,
      clinician().territory_id,
    ]);
    const node = await site.start({ env: { TOCSIN_MASTER_KEY: `${K2},${K1}` } });
    const person = await signIn(node.url);
    const [gone] = await until("the original is destroyed", async () => {
      const { rows } = await as(
        "retention",
        "SELECT * FROM sends WHERE id = $1 AND shredded_at IS NOT NULL",
        [old],
      );
      return rows.length > 0 && rows;
    });
    expect(gone).toMatchObject({ key_id: null, wrapped_key: null, sealed: null });

    const answer = await person.act(old, "reveal");
    expect(answer).toMatchObject({ status: 410, body: { type: "urn:tocsin:problem:gone", status: 410 } });
    expect((await person.inbox()).map(({ notification_id }) => notification_id)).toContain(old);
    expect((await person.timeline(old)).deliveries).not.toHaveLength(0);
    expect(await reveal(person, [young])).toEqual([sent.get(young)]);
    const { rows } = await as(
      "sealer",
      "SELECT actor, action, outcome, payload FROM audit_events WHERE object_id = $1 ORDER BY id DESC LIMIT 2",
      [old],
    );
    expect(rows).toEqual([
      {
        actor: `user:${clinician().user_id}`,
        action: "notification.reveal",
        outcome: "failed",
        payload: { reason: "destroyed" },
      },
      { actor: "retention", action: "original.shred", outcome: "ok", payload: { days: 30 } },
    ]);
    const stranger = await Person.signIn(node.url, demoUser(demo, "clinician", 2));
    expect((await stranger.act(old, "reveal")).status).toBe(404);
    await node.stop();
  });
});
